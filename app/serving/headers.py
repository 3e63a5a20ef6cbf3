"""What every answer tells a browser: run nothing and fetch nothing but what this board itself serves."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

#: The hash of an empty style element: the pages' own script makes one, and fills it rule by rule.
_EMPTY = "'sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU='"
#: The hash of the one other style element: how a finger pans over a button.
_PANNING = "'sha256-38RhXrc7EdReTKsOm23ZPOCUgniTUUcjky8QOOrQx6o='"
#: Content Security Policy. Charts and components need no more: the charts' expressions are interpreted, not compiled.
POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        f"style-src 'self' {_EMPTY} {_PANNING}",
        "img-src 'self' data:",
        "font-src 'self' data:",
        "connect-src 'self'",
        "manifest-src 'self'",
        "base-uri 'none'",
        "form-action 'self'",
        "frame-ancestors 'none'",
    )
)
HEADERS: Mapping[str, str] = MappingProxyType(
    {
        "content-security-policy": POLICY,
        "cross-origin-opener-policy": "same-origin",
        "cross-origin-resource-policy": "same-origin",
        "permissions-policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
        "referrer-policy": "same-origin",
        "x-content-type-options": "nosniff",
        "x-frame-options": "DENY",
    }
)
#: For a board that is reached by https alone.
STRICT_TRANSPORT = ("strict-transport-security", "max-age=31536000")
#: Nothing of a page stays on a machine that several people use; what Streamlit ships is the same for everybody.
NOT_KEPT = ("cache-control", "no-store")
