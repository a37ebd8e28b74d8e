"""Which connections are told to send at once, and whether that is all of them."""

from __future__ import annotations

from types import SimpleNamespace as Plain

from tornado.websocket import WebSocketHandler

from btlab.app.prompt import promptly


def handler(told: list[bool], is_open: bool = True) -> WebSocketHandler:
    made = WebSocketHandler.__new__(WebSocketHandler)
    made.ws_connection = Plain(set_nodelay=told.append) if is_open else None
    return made


def document(*sockets: object) -> Plain:
    return Plain(session_context=Plain(session=Plain(_subscribed_connections=[Plain(_socket=each) for each in sockets])))


def test_every_open_connection_is_told():
    told: list[bool] = []
    assert promptly(document(handler(told), handler(told)))
    assert told == [True, True]


def test_what_is_no_open_connection_of_this_server_is_not_prompt():
    told: list[bool] = []
    assert not promptly(None)
    assert not promptly(Plain(session_context=None))
    assert not promptly(document())
    assert not promptly(document(handler(told, is_open=False)))
    assert not promptly(document(handler(told), object()))
    assert told == [True]
