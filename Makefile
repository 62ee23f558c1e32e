# "make" alone prints what there is. Every line with ## is a line of that help.
.DEFAULT_GOAL := help
.PHONY: help setup demo test check openapi schemathesis format serve worker migration sample screenshots lighthouse soak nightly bench-roads bench-answers bench-solver bench-insertion bench-gtfs bench-latency bench-policies clean

DISTRICT ?= districts/lup-sample

help:  ## print this help
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{ printf "  make %-13s %s\n", $$1, $$2 }'

setup:  ## install what is missing: uv, Python packages, PostgreSQL with PostGIS
	@scripts/setup

demo:  ## show the sample district with a day of bookings
	@scripts/demo

test:  ## check everything and run all tests, as the continuous integration does
	@scripts/test

openapi:  ## write docs/openapi.json anew
	.venv/bin/rufnetz api openapi --out docs/openapi.json

schemathesis:  ## fuzz the JSON API long and at random: make schemathesis EXAMPLES=300
	SCHEMATHESIS_EXAMPLES=$(or $(EXAMPLES),200) .venv/bin/python -m pytest -q -s --timeout=3600 tests/booking/test_schemathesis.py

check:  ## format, lint, types and imports, without the tests
	@scripts/check

format:  ## set the code as ruff formats it, and mend what ruff can mend
	.venv/bin/ruff format .
	.venv/bin/ruff check --fix .

serve:  ## serve a district: make serve DISTRICT=districts/lup-sample
	.venv/bin/rufnetz district build $(DISTRICT)
	.venv/bin/rufnetz serve $(DISTRICT)

worker:  ## send notices and improve runs, beside "make serve"
	.venv/bin/rufnetz worker $(DISTRICT)

migration:  ## write the next database migration: make migration m="what changes"
	@test -n "$(m)" || { echo 'Say what changes: make migration m="bookings know their fare"' >&2; exit 2; }
	PATH="$(CURDIR)/.venv/bin:$$PATH" .venv/bin/python -m booking.migrations "$(m)"

sample:  ## write the sample district anew (the same every time)
	.venv/bin/python -m districts.make_lup_sample

screenshots:  ## picture the pages, into screenshots/
	.venv/bin/python scripts/screenshots

lighthouse:  ## measure the start page as on a telephone (needs Node.js)
	@scripts/lighthouse

soak:  ## ten minutes of everything at once while things break: make soak SECONDS=60
	@.venv/bin/python -m tests.booking.soak --seconds $(or $(SECONDS),600)

nightly:  ## random days of everybody's life, long ones: 500 days of 200 acts (hours)
	RUFNETZ_DAYS=500 RUFNETZ_STEPS=200 RUFNETZ_SEEDED_DAYS=100 .venv/bin/python -m pytest -q tests/booking/test_random_day.py

bench-roads:  ## import roads: ours beside OSMnx, side by side
	@.venv/bin/python tests/benchmarks/bench_roads.py $(FILE)

bench-answers:  ## answer and place a day of wishes in the sample district
	@.venv/bin/python tests/benchmarks/bench_answers.py

bench-solver:  ## solvers on the published instances, side by side: make bench-solver OPTIONS="--sets a --seeds 1"
	@.venv/bin/python tests/benchmarks/bench_solver.py --into docs/benchmarks.md $(OPTIONS)

bench-insertion:  ## the best place of one request in a day's runs
	@.venv/bin/python tests/benchmarks/bench_insertion.py $(OPTIONS)

bench-policies:  ## what each part of the service is worth: refusals, as operated today and with one part after another
	@.venv/bin/python tests/benchmarks/bench_policies.py --into docs/benchmarks.md $(OPTIONS)

bench-latency:  ## how long residents wait in a day of 1,500 bookings and 60 vehicles
	@.venv/bin/python tests/benchmarks/bench_latency.py $(OPTIONS)

bench-gtfs:  ## search connections: ours beside a plain search, networkx and nigiri
	@.venv/bin/python tests/benchmarks/bench_gtfs.py $(OPTIONS)

clean:  ## remove caches (never var/, where the database lies)
	rm -rf .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache dist
	find . -name __pycache__ -type d -not -path './.venv*' -prune -exec rm -rf {} +
