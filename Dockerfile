# One image for every service: compose.yaml gives each its command.
# Alone, `docker run -p 8000:8000 -v switchboard:/data IMAGE` is the whole product in embedded mode.

FROM python:3.13-slim AS packages
COPY requirements.txt /build/requirements.txt
# Wheels only: nothing is compiled, so no compiler is needed here or below.
RUN python -m venv /opt/venv \
    && /opt/venv/bin/pip install --no-cache-dir --only-binary=:all: --requirement /build/requirements.txt \
    && /opt/venv/bin/pip uninstall --yes pip

FROM python:3.13-slim
LABEL org.opencontainers.image.title="Switchboard" \
    org.opencontainers.image.description="A self-hosted server in which a company's AI bots work"
RUN useradd --uid 10001 --no-create-home --home-dir /nonexistent --shell /usr/sbin/nologin switchboard \
    && install --directory --owner=switchboard --group=switchboard /data
COPY --from=packages /opt/venv /opt/venv
WORKDIR /app
COPY . .
ENV PATH=/opt/venv/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    HOST=0.0.0.0 \
    PORT=8000 \
    DATA_DIR=/data \
    STATIC_ROOT=/app/staticfiles
# The settings need keys to load; those of a throw-away data directory do, and none is left in the image.
RUN DATA_DIR=/tmp/build python manage.py collectstatic --no-input --verbosity 0 \
    && rm -rf /tmp/build \
    && python -m compileall -q -j 0 accounts bots chat config integrations knowledge tickets manage.py
USER 10001:10001
VOLUME /data
EXPOSE 8000
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=30s --timeout=10s --start-period=60s --start-interval=2s --retries=3 \
    CMD ["python", "deploy/healthcheck.py", "web"]
CMD ["python", "manage.py", "serve"]
