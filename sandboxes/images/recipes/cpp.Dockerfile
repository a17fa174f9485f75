FROM debian:bookworm-slim
RUN apt-get update \
 && apt-get install -y --no-install-recommends ca-certificates git make patch procps gcc g++ libc6-dev cmake ninja-build meson pkg-config autoconf automake libtool \
 && rm -rf /var/lib/apt/lists/* \
 && (getent passwd 1000 || useradd -U -u 1000 -d /tmp -s /bin/bash agent) \
 && mkdir -p /workspace /opt/sweagent
ENV LANG=C.UTF-8
