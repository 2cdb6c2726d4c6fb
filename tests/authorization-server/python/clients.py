"""Clients in Python against the server under test: authlib, requests-oauthlib on oauthlib; joserfc and
jwcrypto read tokens and keys."""

import json
import os
import secrets
import subprocess
import sys
import time
import unittest
import warnings
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

os.environ["AUTHLIB_INSECURE_TRANSPORT"] = "1"
os.environ["OAUTHLIB_INSECURE_TRANSPORT"] = "1"

if os.environ.get("SERVER") == "oracle":
    # Its answers name the scopes of the access token without those of OpenID Connect.
    os.environ["OAUTHLIB_RELAX_TOKEN_SCOPE"] = "1"

import requests
from authlib.integrations.requests_client import OAuth2Session as Authlib
from authlib.oauth2.rfc7523 import PrivateKeyJWT
from authlib.oauth2.rfc8414 import AuthorizationServerMetadata
from authlib.oidc.discovery import OpenIDProviderMetadata
from joserfc import jwk as joserfc_jwk
from joserfc import jwt as joserfc_jwt
from jwcrypto import jwk as jwcrypto_jwk
from jwcrypto import jwt as jwcrypto_jwt
from oauthlib.oauth2 import BackendApplicationClient, OAuth2Error
from requests.auth import HTTPBasicAuth
from requests_oauthlib import OAuth2Session as RequestsOauthlib

FOLDER = Path(__file__).resolve().parent.parent
IS_ORACLE = os.environ.get("SERVER") == "oracle"
OFFLINE = {"prompt": "consent"} if IS_ORACLE else {}
TIMEOUT = 20


def setUpModule():
    global served, told, metadata
    served = subprocess.Popen(["node", "serve.js"], cwd=FOLDER, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    line = served.stdout.readline()
    if not line:
        raise RuntimeError("the server under test did not start")
    told = json.loads(line)
    metadata = requests.get(told["issuer"] + "/.well-known/openid-configuration", timeout=TIMEOUT).json()


def tearDownModule():
    served.stdin.close()
    try:
        served.wait(20)
    except subprocess.TimeoutExpired:
        served.kill()
        raise
    finally:
        served.stdout.close()


def browse(url, **more):
    answer = requests.post(told["browser"], json={"url": url, **more}, timeout=30).json()
    if "left" not in answer:
        raise AssertionError(answer)
    return answer["left"]


def keys():
    return requests.get(metadata["jwks_uri"], timeout=TIMEOUT).json()


class Metadata(unittest.TestCase):
    def test_it_is_valid_by_authlib(self):
        AuthorizationServerMetadata({**metadata, "issuer": metadata["issuer"].replace("http:", "https:")})
        # Its rules want https everywhere; loopback has none.
        text = json.dumps(metadata).replace("http://", "https://")
        OpenIDProviderMetadata(json.loads(text)).validate()
        AuthorizationServerMetadata(json.loads(text)).validate()

    def test_keys_are_public_and_named_by_their_thumbprint(self):
        found = jwcrypto_jwk.JWKSet.from_json(json.dumps(keys()))
        algorithms = set()
        for key in found["keys"]:
            self.assertFalse(key.has_private)
            self.assertNotEqual(key.get("kty"), "oct")
            algorithms.add(key.get("alg"))
            if not IS_ORACLE:
                self.assertEqual(key.thumbprint(), key.get("kid"))
        self.assertLessEqual({"ES256", "RS256"}, algorithms)


class ByAuthlib(unittest.TestCase):
    def session(self, client, **more):
        secret = told["clients"][client]
        method = more.pop("method", "client_secret_basic" if secret else "none")
        session = Authlib(client, secret, token_endpoint_auth_method=method, redirect_uri=told["callback"],
                          token_endpoint=metadata["token_endpoint"], **more)
        if method == "private_key_jwt":
            session.client_secret = joserfc_jwk.ECKey.import_key(told["bank"])
            session.register_client_auth_method(PrivateKeyJWT(
                token_endpoint=told["issuer"], headers={"kid": "bank-1"}, alg="ES256"))
        return session

    def flow(self, client, scope="openid offline_access read", user="alice", **more):
        session = self.session(client, scope=scope, code_challenge_method="S256", **more.pop("session", {}))
        verifier = secrets.token_urlsafe(48)
        nonce = secrets.token_urlsafe(16)
        url, state = session.create_authorization_url(
            metadata["authorization_endpoint"], code_verifier=verifier, nonce=nonce, **OFFLINE, **more)
        left = browse(url, user=user)
        self.assertEqual(parse_qs(urlsplit(left).query)["iss"], [told["issuer"]])
        token = session.fetch_token(metadata["token_endpoint"], authorization_response=left, state=state, code_verifier=verifier)
        return session, token, nonce

    def test_the_code_flow_of_each_way_to_authenticate(self):
        for client, method in [("first", "none"), ("web", "client_secret_basic"), ("web:odd id", "client_secret_basic"),
                               ("post", "client_secret_post"), ("bank", "private_key_jwt")]:
            if client == "web:odd id":
                continue  # authlib joins name and secret as they are: see `test_odd_secrets`.
            with self.subTest(client):
                session, token, _ = self.flow(client, session={"method": method})
                self.assertEqual(token["token_type"].lower(), "bearer")
                self.assertTrue(token["id_token"])
                first = token["refresh_token"]
                following = session.refresh_token(metadata["token_endpoint"], refresh_token=first)
                self.assertNotEqual(following["refresh_token"], first)

    def test_odd_secrets(self):
        # A secret that is not form-encoded is not guessed at: authlib sends it as it is.
        with self.assertRaises(Exception):
            self.flow("web:odd id")

    def test_client_credentials(self):
        for client, method in [("worker", "client_secret_basic"), ("worker-post", "client_secret_post"), ("worker-bank", "private_key_jwt")]:
            with self.subTest(client):
                token = self.session(client, method=method).fetch_token(
                    metadata["token_endpoint"], grant_type="client_credentials", scope="read", resource=told["api"])
                self.assertEqual(token["scope"], "read")
                self.assertNotIn("refresh_token", token)

    def test_introspection_and_revocation(self):
        session, token, _ = self.flow("first", resource=told["opaque"])
        api = self.session("api")
        asked = lambda: api.introspect_token(metadata["introspection_endpoint"], token=token["access_token"]).json()
        self.assertTrue(asked()["active"])
        answer = session.revoke_token(metadata["revocation_endpoint"], token=token["refresh_token"], token_type_hint="refresh_token")
        self.assertEqual(answer.status_code, 200)
        self.assertEqual(asked(), {"active": False})

    def test_joserfc_and_jwcrypto_read_the_tokens(self):
        _, token, nonce = self.flow("first")
        found = joserfc_jwk.KeySet.import_key_set(keys())
        read = joserfc_jwt.decode(token["access_token"], found, algorithms=["ES256", "RS256"])
        self.assertEqual(read.header["typ"], "at+jwt")
        rules = joserfc_jwt.JWTClaimsRegistry(
            iss={"essential": True, "value": told["issuer"]}, aud={"essential": True, "value": told["api"]},
            exp={"essential": True}, iat={"essential": True}, sub={"essential": True}, jti={"essential": True},
            client_id={"essential": True, "value": "first"})
        rules.validate(read.claims)
        identity = joserfc_jwt.decode(token["id_token"], found, algorithms=["ES256", "RS256"])
        joserfc_jwt.JWTClaimsRegistry(
            iss={"essential": True, "value": told["issuer"]}, aud={"essential": True, "value": "first"},
            nonce={"essential": True, "value": nonce}, exp={"essential": True}).validate(identity.claims)
        self.assertEqual(identity.claims["sub"], read.claims["sub"])
        other = jwcrypto_jwt.JWT(jwt=token["access_token"], key=jwcrypto_jwk.JWKSet.from_json(json.dumps(keys())),
                                 algs=["ES256", "RS256"], check_claims={"iss": told["issuer"], "aud": told["api"], "exp": None})
        self.assertEqual(json.loads(other.claims)["sub"], read.claims["sub"])
        # Another key of the same kind does not verify it.
        with self.assertRaises(Exception):
            joserfc_jwt.decode(token["access_token"], joserfc_jwk.ECKey.generate_key("P-256"), algorithms=["ES256"])

    def test_refresh_that_is_tried_again(self):
        if IS_ORACLE:
            self.skipTest("oidc-provider has no retry window")
        _, token, _ = self.flow("first")
        form = {"grant_type": "refresh_token", "refresh_token": token["refresh_token"], "client_id": "first"}
        ask = lambda: requests.post(metadata["token_endpoint"], form, timeout=TIMEOUT).json()
        self.assertEqual(ask()["refresh_token"], ask()["refresh_token"])
        time.sleep(3.1)
        self.assertEqual(ask()["error"], "invalid_grant")


class ByOauthlib(unittest.TestCase):
    def flow(self, client="first", scope=("openid", "offline_access", "read"), **more):
        session = RequestsOauthlib(client, redirect_uri=told["callback"], scope=list(scope), pkce="S256")
        url, _ = session.authorization_url(metadata["authorization_endpoint"], **OFFLINE, **more)
        left = browse(url)
        secret = told["clients"][client]
        given = {"client_secret": secret} if secret else {"include_client_id": True}
        if secret:
            given = {"auth": HTTPBasicAuth(client, secret)}
        # oauthlib compares the scope of the answer with that of the request.
        token = session.fetch_token(metadata["token_endpoint"], authorization_response=left, timeout=TIMEOUT, **given)
        return session, token

    def test_the_code_flow(self):
        for client in ["first", "web", "public"]:
            with self.subTest(client), warnings.catch_warnings():
                warnings.simplefilter("error")
                _, token = self.flow(client)
                expected = {"read"} if IS_ORACLE else {"openid", "offline_access", "read"}
                self.assertEqual(set(token["scope"]), expected)

    def test_refresh(self):
        session, token = self.flow()
        following = session.refresh_token(metadata["token_endpoint"], client_id="first", timeout=TIMEOUT)
        self.assertNotEqual(following["refresh_token"], token["refresh_token"])

    def test_a_machine(self):
        for client in ["worker"]:
            session = RequestsOauthlib(client=BackendApplicationClient(client_id=client, scope=["read"]))
            token = session.fetch_token(metadata["token_endpoint"], auth=HTTPBasicAuth(client, told["clients"][client]), timeout=TIMEOUT)
            self.assertEqual(token["token_type"].lower(), "bearer")
            self.assertGreater(token["expires_in"], 0)

    def test_errors_are_those_of_the_standard(self):
        session = RequestsOauthlib("first", redirect_uri=told["callback"], scope=["read"], pkce="S256")
        url, _ = session.authorization_url(metadata["authorization_endpoint"])
        left = browse(url)
        session.fetch_token(metadata["token_endpoint"], authorization_response=left, include_client_id=True, timeout=TIMEOUT)
        with self.assertRaises(OAuth2Error) as refused:
            session.fetch_token(metadata["token_endpoint"], authorization_response=left, include_client_id=True, timeout=TIMEOUT)
        self.assertEqual(refused.exception.error, "invalid_grant")
        wrong = RequestsOauthlib(client=BackendApplicationClient(client_id="worker", scope=["read"]))
        with self.assertRaises(OAuth2Error) as refused:
            wrong.fetch_token(metadata["token_endpoint"], auth=HTTPBasicAuth("worker", "wrong"), timeout=TIMEOUT)
        self.assertEqual(refused.exception.error, "invalid_client")


if __name__ == "__main__":
    unittest.main(argv=[sys.argv[0], "--verbose", *sys.argv[1:]])
