# syntax=docker/dockerfile:1
# The service as a container: the same image serves pages and API, runs the worker and builds a district.

FROM python:3.11-slim-bookworm AS build
ENV UV_LINK_MODE=copy \
    UV_COMPILE_BYTECODE=1 \
    UV_PYTHON_DOWNLOADS=never
RUN python -m pip install --no-cache-dir --disable-pip-version-check "uv>=0.9,<1"
WORKDIR /app
# first what changes seldom, so that a change of our code does not install every package anew
COPY pyproject.toml uv.lock ./
RUN --mount=type=cache,target=/root/.cache/uv \
    uv sync --locked --no-dev --no-install-project
COPY README.md LICENSE ./
COPY routing routing
COPY gtfs gtfs
COPY booking booking
COPY planning planning
COPY web web
RUN --mount=type=cache,target=/root/.cache/uv \
    uv sync --locked --no-dev --no-editable

FROM python:3.11-slim-bookworm
# pyosmium reads XML with the system's expat
RUN apt-get update \
    && apt-get install --yes --no-install-recommends libexpat1 \
    && rm -rf /var/lib/apt/lists/*
RUN useradd --system --uid 10001 --user-group --no-create-home --home-dir /state rufnetz \
    && install --directory --owner rufnetz --group rufnetz --mode 0700 /state
WORKDIR /app
COPY --from=build /app/.venv /app/.venv
COPY districts districts
ENV PATH="/app/.venv/bin:$PATH" \
    PYTHONUNBUFFERED=1 \
    RUFNETZ_STATE_FOLDER=/state \
    RUFNETZ_HOST=0.0.0.0 \
    RUFNETZ_PORT=8000
VOLUME /state
USER rufnetz
EXPOSE 8000
HEALTHCHECK --interval=30s --timeout=5s --start-period=60s --retries=3 \
    CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8000/health', timeout=4)"]
ENTRYPOINT ["rufnetz"]
CMD ["serve", "districts/lup-sample"]
