"""``rufnetz plan``, without what it does: that is imported when it is called."""

from booking.lazy_commands import lazy_app

plan_app = lazy_app(
    "Try a service on a made-up day before anyone drives it.",
    {
        "run": (
            "planning.cli:run_plan",
            (
                "Draw a day of wishes from the villages' inhabitants and send it through the functions that answer "
                "residents."
            ),
        ),
    },
)
