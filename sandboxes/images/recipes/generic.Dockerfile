FROM debian:bookworm-slim
RUN apt-get update \
 && apt-get install -y --no-install-recommends ca-certificates git make patch procps gcc g++ libc6-dev cmake pkg-config python3 python-is-python3 python3-pytest perl bzip2 xz-utils unzip curl \
 && rm -rf /var/lib/apt/lists/* \
 && (getent passwd 1000 || useradd -U -u 1000 -d /tmp -s /bin/bash agent) \
 && mkdir -p /workspace /opt/sweagent
ENV LANG=C.UTF-8
