"""Names that would run, hide or break out if they were anything but text. What runs sets `hit` in the outermost window."""

from __future__ import annotations

HIT = "top.hit=1"

PAYLOADS = [
    # elements and event handlers
    f"<script>{HIT}</script>",
    f"<ScRiPt>{HIT}</sCrIpT >",
    f"<img src=x onerror={HIT}>",
    f"<img/src='x'onerror={HIT}//",
    f"<svg onload={HIT}>",
    f"<svg><script>{HIT}</script></svg>",
    f"<svg><animate onbegin={HIT} attributeName=x dur=1s>",
    f"<body onload={HIT}>",
    f"<details open ontoggle={HIT}>x</details>",
    f"<input autofocus onfocus={HIT}>",
    f"<video><source onerror={HIT}></video>",
    f"<iframe srcdoc='<script>{HIT}</script>'></iframe>",
    f"<math><mi xlink:href='javascript:{HIT}'>x</mi></math>",
    f"<object data='javascript:{HIT}'></object>",
    f"<meta http-equiv=refresh content='0;url=javascript:{HIT}'>",
    "<base href='http://127.0.0.1:9/'>",
    "<link rel=stylesheet href='http://127.0.0.1:9/x.css'>",
    f"<template><script>{HIT}</script></template>",
    # out of what stands around
    f"</title><script>{HIT}</script>",
    f"</style><script>{HIT}</script>",
    f"</script><script>{HIT}</script>",
    f"</textarea></noscript><img src=x onerror={HIT}>",
    f"--><img src=x onerror={HIT}><!--",
    f"<!--><script>{HIT}</script>",
    f"]]><script>{HIT}</script>",
    f"\"><img src=x onerror={HIT}>",
    f"' onmouseover='{HIT}' x='",
    f"\" autofocus onfocus=\"{HIT}\" x=\"",
    # scripts, templates, styles, addresses
    f"`${{{HIT}}}`",
    f"${{{HIT}}} #{{{HIT}}} {{{{{HIT}}}}}",
    f"';{HIT};//\\\";{HIT};//",
    f"\\u003cscript\\u003e{HIT}\\u003c/script\\u003e",
    f"javascript:{HIT}",
    f"data:text/html,<script>{HIT}</script>",
    f"x:expression({HIT});background:url(javascript:{HIT})",
    "}*{display:none!important}.btlab{visibility:hidden}",
    # entities, directions, letters
    f"&lt;script&gt;{HIT}&lt;/script&gt; &amp;lt; &#60; &nbsp",
    "\u202egnp.exe\u202c \u2067abc\u2069 \u200f1.10\u200e",
    "\u2028x\u2029y\ufeff\u200b\u00ad z\u0301\u0302\u0303",
    "\U0001f4a3 \U00013000 \ufffd \x1b[31m \x7f\x85",
]  # fmt: skip

BROKEN = ["\ud800", "x\udfff<", "\udc00\ud800"]  # halves of UTF-16 pairs, the wrong way round
REPRESENTATIVE = [PAYLOADS[k] for k in (2, 18, 20, 22, 25, 30, 36, 37)]
