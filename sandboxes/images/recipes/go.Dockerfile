FROM golang:1-bookworm
RUN apt-get update \
 && apt-get install -y --no-install-recommends ca-certificates git make patch procps pkg-config \
 && rm -rf /var/lib/apt/lists/* \
 && (getent passwd 1000 || useradd -U -u 1000 -d /tmp -s /bin/bash agent) \
 && mkdir -p /workspace /opt/sweagent
ENV LANG=C.UTF-8
