# The bot as an image: base Python, the pinned requirements by hash, the wheel. Nothing compiles.
# Secrets come at run time, by environment or files; see docs/operations.md.

FROM python:3.11-slim-bookworm AS build
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1
WORKDIR /src
COPY requirements/build.txt requirements/run.txt requirements/
RUN python -m venv /opt/build \
 && python -m venv /opt/webnet-bot \
 && /opt/build/bin/pip install --only-binary :all: --require-hashes -r requirements/build.txt \
 && /opt/webnet-bot/bin/pip install --only-binary :all: --require-hashes -r requirements/run.txt
COPY LICENSE README.md config.toml main.py pyproject.toml ./
COPY bot bot
COPY handlers handlers
COPY lab lab
COPY store store
# The volume is where a store belongs that nobody has named otherwise.
RUN /opt/build/bin/python -m hatchling build -t wheel -d /tmp/wheel \
 && /opt/webnet-bot/bin/pip install --no-deps --no-index /tmp/wheel/*.whl \
 && /opt/webnet-bot/bin/pip uninstall --yes pip setuptools \
 && sed 's|^# url = "sqlite:///webnet-bot.db"$|url = "sqlite:////var/lib/webnet-bot/webnet-bot.db"|' config.toml >/tmp/config.toml

FROM python:3.11-slim-bookworm
RUN groupadd --system --gid 10001 webnet-bot \
 && useradd --system --uid 10001 --gid webnet-bot --home-dir /var/lib/webnet-bot --create-home --shell /usr/sbin/nologin webnet-bot \
 && python -m pip uninstall --yes pip setuptools wheel
COPY --from=build /opt/webnet-bot /opt/webnet-bot
COPY --from=build /tmp/config.toml /etc/webnet-bot/config.toml
COPY deploy/alive.py /opt/webnet-bot/alive.py
ENV PATH=/opt/webnet-bot/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1
# config.toml is read from here.
WORKDIR /etc/webnet-bot
USER 10001:10001
VOLUME /var/lib/webnet-bot
# A stop answers what is running, which may take a minute: `docker stop --time 90`, or `stop_grace_period: 90s`.
STOPSIGNAL SIGTERM
# There is no port to ask, so the store is: a living bot renews a claim there every ten seconds.
HEALTHCHECK --interval=60s --timeout=10s --start-period=60s CMD ["python", "/opt/webnet-bot/alive.py"]
ENTRYPOINT ["webnet-bot"]
CMD ["run"]
