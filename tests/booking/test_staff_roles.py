"""Accounts have roles that exist."""

import pytest

from booking.operation import Operation
from booking.staff import Role


def test_every_role_can_log_in_and_no_other_is_saved(operation: Operation) -> None:
    for role in Role:
        operation.save_staff(role.value, "ein langes Passwort", role.value)
        token = operation.log_in(role.value, "ein langes Passwort")
        assert token is not None
        staff = operation.find_staff(token)
        assert staff is not None
        assert staff.role == role
    with pytest.raises(ValueError, match="chief"):
        operation.save_staff("chief", "ein langes Passwort", "chief")
