"""Apple's module that urllib asks for the Mac's proxies; this Mac has none."""


def _get_proxy_settings() -> dict[str, bool]:
    return {"exclude_simple": False}


def _get_proxies() -> dict[str, str]:
    return {}
