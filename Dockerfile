# The host with its detectors. Two stages: Rust and a C toolchain build, a small Debian runs.
#   docker build -t sekisho .
FROM rust:1.95-bookworm AS build
RUN apt-get update \
    && apt-get install --yes --no-install-recommends libssl-dev pkg-config zlib1g-dev \
    && rm -rf /var/lib/apt/lists/*
RUN rustup target add wasm32-unknown-unknown
WORKDIR /src
COPY . .
RUN cargo build --release --locked --package sekisho \
    && cargo xtask plugins \
    && mkdir -p /out/plugins \
    && cp target/release/sekisho /out/ \
    && cp target/wasm32-unknown-unknown/plugin/lateral_movement.wasm \
          target/wasm32-unknown-unknown/plugin/admin_abuse.wasm \
          target/wasm32-unknown-unknown/plugin/exfiltration.wasm \
          /out/plugins/

FROM debian:bookworm-slim
RUN apt-get update \
    && apt-get install --yes --no-install-recommends ca-certificates libssl3 zlib1g \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --system --uid 10001 --create-home --home-dir /var/lib/sekisho sekisho
COPY --from=build /out/sekisho /usr/bin/sekisho
COPY --from=build /out/plugins /usr/lib/sekisho/plugins
COPY config /etc/sekisho/examples
USER 10001
WORKDIR /var/lib/sekisho
ENTRYPOINT ["sekisho"]
CMD ["run", "-c", "/etc/sekisho/sekisho.yaml"]
