FROM python:3.12-slim-bookworm
RUN apt-get update \
 && apt-get install -y --no-install-recommends git make patch procps \
 && rm -rf /var/lib/apt/lists/* \
 && pip install --no-cache-dir pytest coverage \
 && groupadd -g 1000 agent && useradd -u 1000 -g 1000 -d /tmp -s /bin/bash agent \
 && mkdir -p /workspace /opt/sweagent
ENV LANG=C.UTF-8
