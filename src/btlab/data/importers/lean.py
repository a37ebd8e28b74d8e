"""QuantConnect Lean: zips of ticks and bars, `CLASS/MARKET/RESOLUTION/SYMBOL/YYYYMMDD_quote.zip`, or `.../daily/SYMBOL.zip`.

The path says what the rows do not: the day (rows of ticks, seconds and minutes begin with ms since midnight), the market, whose
zone the day is in (forex: FXCM UTC-5 the whole year, Oanda UTC; equities of the USA: New York; crypto: UTC), and the class:
prices of equities are numbers of 1e-4. Quote bars have both sides; the bid's are read unless price="ask", and their sizes are
those of the last quote, not volumes. https://github.com/QuantConnect/Lean/tree/master/Data
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from functools import partial

from btlab.data.importers import text
from btlab.data.importers.agreement import agreed
from btlab.data.importers.base import Options, Reader, Verdict, day_of
from btlab.data.importers.blocks import first_line
from btlab.data.importers.source import Source
from btlab.data.zones import EST, UTC, Zone, zone_of
from btlab.errors import FormatError, did_you_mean
from btlab.market.times import to_microseconds

NAME = "lean"
TAKES_DATE = True

_RESOLUTIONS = {"tick": None, "second": "1s", "minute": "1m", "hour": "1h", "daily": "1d"}
_CLASSES = ("forex", "equity", "crypto", "cryptofuture", "cfd")
_FOREX = {"fxcm": EST, "oanda": UTC}
_DAY_FILE = re.compile(
    r"(?P<day>\d{8})_(?:(?P<symbol>.+?)_)?(?:(?P<resolution>tick|second|minute)_)?(?P<kind>quote|trade)(?:_tick)?\.(?:csv|zip)",
    re.IGNORECASE,
)
_LONG_FILE = re.compile(r"(?P<symbol>[^/]+?)(?:_(?P<kind>quote|trade))?\.(?:csv|zip)", re.IGNORECASE)
_DAY_LENGTH_MS = 86_400_000

_SKIPPED = ("", "", "", "", "")
_BAR = ("open", "high", "low", "close")
_TICKS = {
    (3, "quote"): ("time", "bid", "ask"),
    (5, "quote"): ("time", "bid", "bid_size", "ask", "ask_size"),
    (3, "trade"): ("time", "price", "size"),
    (6, "trade"): ("time", "price", "size", "", "", ""),
}
_BARS = {
    (6, "last"): ("time", *_BAR, "volume"),
    (11, "bid"): ("time", *_BAR, "", *_SKIPPED),
    (11, "ask"): ("time", *_SKIPPED, *_BAR, ""),
}


@dataclass(frozen=True)
class Place:
    """What a path says; "" where it says nothing.

    Attributes:
        resolution: one of `_RESOLUTIONS`. kind: "quote" or "trade". day: eight digits.
    """

    kind: str = ""
    day: str = ""
    resolution: str = ""
    symbol: str = ""
    market: str = ""
    asset: str = ""

    @property
    def long(self) -> bool:
        """Whether a file holds years, its rows dated."""
        return self.resolution in ("hour", "daily")


def recognise(source: Source) -> Verdict | None:
    """By the names that Lean gives its files and folders."""
    place = _place(source)
    if not place.resolution or not (place.day or (place.long and place.market)):
        return None
    return Verdict(
        f"a file of Lean ({place.resolution}), by its {'folder' if place.long else 'name'}",
        "ticks" if place.resolution == "tick" else "bars",
    )


def reader(source: Source, options: Options) -> Reader:
    """A day, or years, of ticks or bars.

    Raises:
        FormatError: no date, zone or price scale is known, or the rows are not those of Lean.
    """
    place = _place(source)
    zone, scale = _zone(source, place, options), _scale(source, place, options)
    price = _price(source, place, options) if options.bars else None
    columns = _columns(source, place, price)
    how: dict[str, str | float | None] = {"format": NAME, "zone": zone.name, "scale": scale, "price": price}
    if place.long:
        layout, what = text.Layout(columns=columns, zone=zone, scale=scale), f"{place.resolution} bars"
        start = text.first_time(source, layout)
    else:
        day = _day(source, place, options)
        midnight = to_microseconds(day)
        bounds = (0, _DAY_LENGTH_MS)
        layout = text.Layout(columns, unit=text.MILLISECOND, bounds=bounds, epoch=midnight, zone=zone, scale=scale)
        what = f"{place.resolution + ' bars' if options.bars else place.kind + ' ticks'} of Lean: day {day}"
        start = int(zone.to_utc(text.one(midnight), midnight)[0][0])
        how["day"] = str(day)
    whose = f"{place.market} {place.symbol}".lower() if place.market else None
    read = partial(text.read, source, layout)
    # Days have no gap at a weekend's hour, and nothing but FX keeps FX's week.
    doubted = zone if place.market in _FOREX and place.resolution != "daily" else None
    if price is None:
        return Reader(source, f"{what} in {zone.name}", how, start, whose, read, zone=doubted)
    timeframe = agreed(source, "timeframe", _RESOLUTIONS.get(place.resolution), options.timeframe)
    agreed(source, "stamp", "start", options.stamp)
    side = {"bid": ', bid (price="ask" takes the other side)', "ask": ", ask"}.get(price, ", trades")
    why = f"{what}{'' if 'Lean' in what else ' of Lean'} in {zone.name}{side}"
    return Reader(source, why, how | {"timeframe": timeframe}, start, whose, read, timeframe=timeframe, price=price, zone=doubted)


def _place(source: Source) -> Place:
    folders = [part.lower() for part in source.path.absolute().parts[:-1]]
    at = max((k for k, name in enumerate(folders) if name in _RESOLUTIONS), default=-1)
    resolution = folders[at] if at >= 0 else ""
    market = folders[at - 1] if at > 0 else ""
    asset = folders[at - 2] if at > 1 and folders[at - 2] in _CLASSES else ""
    names = (source.inner, source.path.name)
    found = next((match for name in names if (match := _DAY_FILE.fullmatch(name))), None)
    if found is None:
        match = _LONG_FILE.fullmatch(source.path.name) if resolution in ("hour", "daily") else None
        known = match is not None and (asset or market in _FOREX)
        return Place(match["kind"] or "", "", resolution, match["symbol"], market, asset) if match and known else Place()
    inside = next((match["resolution"] for name in names if (match := _DAY_FILE.fullmatch(name)) and match["resolution"]), "")
    inside = inside or ("tick" if "_tick." in source.inner.lower() else "")
    if resolution in ("hour", "daily"):
        return Place()
    symbol = folders[at + 1] if 0 <= at < len(folders) - 1 else found["symbol"] or ""
    return Place(found["kind"].lower(), found["day"], (inside or resolution).lower(), symbol, market, asset)


def _columns(source: Source, place: Place, price: str | None) -> tuple[str, ...]:
    """Roles of the columns, by how many there are."""
    first = first_line(source).strip()
    width = first.count(",") + 1
    layouts = _BARS if price else _TICKS
    key = (width, price or place.kind or "quote")
    if key in layouts:
        return layouts[key]
    wanted = " or ".join(str(width) for width, kind in layouts if kind == key[1])
    raise FormatError(
        f"{source.name} is no file of Lean {key[1]}s: a row of it has {wanted} cells, and this begins with {first[:80]!r}. "
        "Leave format= out",
        file=source.name,
    )


def _price(source: Source, place: Place, options: Options) -> str:
    """The side that is read of bars: trades have none."""
    quotes = place.kind == "quote" or (place.kind == "" and first_line(source).count(",") == 10)
    if not quotes:
        return agreed(source, "price", "last", options.price)
    if options.price in (None, "bid", "ask"):
        return options.price or "bid"
    raise FormatError(
        f'{source.name}: quote bars have a bid and an ask; price={options.price!r} is neither. Trades lie in files "*_trade.zip"',
        file=source.name,
    )


def _day(source: Source, place: Place, options: Options) -> date:
    given = options.moment()
    if given is not None:
        return given.date()
    if place.day:
        return day_of(place.day, source)
    raise FormatError(
        f'{source.name}: no date in its name (YYYYMMDD_quote.zip), and rows carry none; give date="2014-05-07"', file=source.name
    )


def _zone(source: Source, place: Place, options: Options) -> Zone:
    if options.zone is not None:
        return options.zone
    if place.market in _FOREX:
        return _FOREX[place.market]
    if place.asset.startswith("crypto"):
        return UTC
    if (place.asset, place.market) == ("equity", "usa"):
        return zone_of("America/New_York")
    advice = 'Give tz="UTC-5" (FXCM), tz="UTC" (Oanda, crypto) or tz="America/New_York"'
    raise FormatError(
        f"{source.name}: the market, which says the zone of its times, is not in its path (.../MARKET/tick/SYMBOL/)."
        f"{did_you_mean(place.market, [*_FOREX, 'usa'])} {advice}",
        file=source.name,
    )


def _scale(source: Source, place: Place, options: Options) -> float | None:
    if options.price_scale is not None:
        return options.price_scale
    if place.asset == "equity":
        return 1e-4
    cells = first_line(source).split(",")
    if not place.asset and place.market not in _FOREX and len(cells) > 1 and cells[1].strip().isdigit():
        raise FormatError(
            f"{source.name}: whether its prices are those of equities, numbers of 1e-4, is not in its path (equity/usa/...); "
            "give price_scale=1e-4, or 1",
            file=source.name,
        )
    return None
