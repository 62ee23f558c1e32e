"""Moving and locking rides by the API."""

from collections.abc import Callable

from fastapi.testclient import TestClient

from booking.api_keys import Scope
from booking.operation import Operation
from tests.booking.riding import EAST, WEST, ride, ride_id
from tests.tiny_network import local

ON = local("12:00").date().isoformat()
Key = Callable[..., dict[str, str]]


def test_a_dispatcher_moves_a_ride_and_leaves_it_there(api: TestClient, operation: Operation, key: Key) -> None:
    mine = ride_id(ride(operation, "brueelow-markt", "cramnitz-markt", "10:00"))
    headers = key(Scope.DISPATCH, Scope.READ_RUNS)
    seen = api.get(f"/days/{ON}/rides/{mine}/placements", headers=headers)
    assert seen.status_code == 200
    assert seen.json()[0]["shift_id"] == WEST
    assert {"shift_id": EAST, "is_current": False}.items() <= next(
        p for p in seen.json() if p["shift_id"] == EAST
    ).items()
    body, path = {"shift_id": EAST}, f"/days/{ON}/rides/{mine}/move"
    assert api.post(path, json=body, headers=headers).status_code == 428
    moved = api.post(path, json=body, headers={**headers, "If-Match": seen.headers["ETag"]})
    assert (moved.status_code, moved.json()["shift_id"]) == (200, EAST)
    stale = api.post(path, json={"shift_id": WEST}, headers={**headers, "If-Match": seen.headers["ETag"]})
    assert stale.status_code == 412
    assert api.post(f"/days/{ON}/rides/{mine}/lock", json={"is_locked": False}, headers=headers).status_code == 204
    assert api.post(f"/days/{ON}/runs/{EAST}/lock", json={"is_locked": True}, headers=headers).status_code == 204
    locked = api.get(f"/days/{ON}/rides/{mine}/placements", headers=headers)
    assert (locked.status_code, locked.json()["code"]) == (409, "not_changeable")


def test_who_may_not_change_runs_moves_nothing(api: TestClient, operation: Operation, key: Key) -> None:
    mine = ride_id(ride(operation, "brueelow-markt", "cramnitz-markt", "10:00"))
    path, body = f"/days/{ON}/rides/{mine}/move", {"shift_id": EAST}
    assert api.post(path, json=body, headers={"If-Match": "*"}).status_code == 401
    assert api.post(path, json=body, headers={**key(Scope.READ_RUNS), "If-Match": "*"}).status_code == 403
    path = f"/days/{ON}/rides/nobody/placements"
    assert api.get(path, headers=key(Scope.READ_RUNS)).status_code == 403
    nobody = api.get(path, headers=key(Scope.DISPATCH))
    assert (nobody.status_code, nobody.json()["code"]) == (404, "not_found")
