"""A client of the Model Context Protocol in Python (PyPI `mcp`): registers, signs in, calls tools, refreshes.
It prints `open URL` where a user would need a browser, and reads where the browser was sent."""

import asyncio
import os
import sys
from urllib.parse import parse_qs, urlsplit

import httpx2
from mcp.client.auth import OAuthClientProvider
from mcp.client.client import Client
from mcp.client.streamable_http import streamable_http_client
from mcp.shared.auth import AuthorizationCodeResult, OAuthClientMetadata

URL, READ, WRITE = sys.argv[1:4]
REDIRECT = "http://127.0.0.1:49153/callback"


class Storage:
    tokens = None
    info = None

    async def get_tokens(self):
        return self.tokens

    async def set_tokens(self, tokens):
        self.tokens = tokens

    async def get_client_info(self):
        return self.info

    async def set_client_info(self, info):
        self.info = info


async def main():
    storage = Storage()
    opened = []
    left = []

    async def redirect(url):
        opened.append(url)
        print("open", url, flush=True)
        left.append((await asyncio.to_thread(sys.stdin.readline)).strip())

    async def callback():
        query = parse_qs(urlsplit(left[-1]).query)
        assert "code" in query, left[-1]
        return AuthorizationCodeResult(code=query["code"][0], state=query["state"][0], iss=query["iss"][0])

    more = {"application_type": "native"} if os.environ.get("SERVER") == "oracle" else {}
    provider = OAuthClientProvider(
        server_url=URL,
        client_metadata=OAuthClientMetadata(
            client_name="An MCP client in Python", redirect_uris=[REDIRECT],
            grant_types=["authorization_code", "refresh_token"], response_types=["code"],
            token_endpoint_auth_method="none", **more),
        storage=storage, redirect_handler=redirect, callback_handler=callback)
    async with httpx2.AsyncClient(auth=provider, timeout=30) as http:
        async with Client(streamable_http_client(URL, http_client=http)) as client:
            read = await client.call_tool(READ, {})
            assert not read.is_error, read
            assert len(opened) == 1, opened
            assert f"resource={URL.replace(':', '%3A').replace('/', '%2F')}" in opened[0], opened[0]
            # The access token ends: the next call refreshes.
            before = storage.tokens.access_token
            provider.context.token_expiry_time = 1
            read = await client.call_tool(READ, {})
            assert not read.is_error, read
            assert storage.tokens.access_token != before
            assert len(opened) == 1, opened
            if os.environ.get("SERVER") == "oracle":
                return
            # A wider scope: the user is asked.
            written = await client.call_tool(WRITE, {"text": "a note"})
            assert not written.is_error, written
            assert len(opened) == 2, opened
            assert "write" in parse_qs(urlsplit(opened[1]).query)["scope"][0].split()


asyncio.run(asyncio.wait_for(main(), 40))
