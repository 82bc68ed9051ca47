"""A small client, so that the tests below read as what is asked and answered."""

from types import TracebackType
from typing import Any, Self

import requests

from lab.webnet import WebNetLab


class Api:
    def __init__(self, lab: WebNetLab, key: str) -> None:
        self.lab = lab
        self._session = requests.Session()
        self._session.trust_env = False
        self._session.headers["X-API-Key"] = key

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._session.close()

    def ask(self, method: str, path: str, body: Any = None, **more: Any) -> requests.Response:
        """Sends a request; a path without a leading slash is below `/api/v1/`."""
        url = self.lab.url + (path if path.startswith("/") else f"/api/v1/{path}")
        return self._session.request(method, url, json=body, allow_redirects=False, timeout=10, **more)

    def get(self, path: str) -> Any:
        answer = self.ask("GET", path)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def start(self, path: str, device_ids: list[int], customer: int = 1, **more: Any) -> int:
        """Starts a job as a careful client does: reads the devices, then names them."""
        for device in device_ids:
            self.get(f"devices/{device}/")
        return self.post(path, {"customer_id": customer, "targets": {"device_ids": device_ids}, **more})

    def post(self, path: str, body: Any) -> int:
        answer = self.ask("POST", path, body)
        assert answer.status_code == 202, answer.text
        return int(answer.json()["job_id"])
