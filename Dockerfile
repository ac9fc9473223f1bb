FROM rust:1.95-slim-bookworm AS build
RUN apt-get update && apt-get install -y --no-install-recommends build-essential pkg-config && rm -rf /var/lib/apt/lists/*
WORKDIR /src
COPY . .
# The queries are checked against .sqlx: a build needs no database.
ENV SQLX_OFFLINE=true
RUN cargo build --release --locked

FROM debian:bookworm-slim
RUN apt-get update && apt-get install -y --no-install-recommends ca-certificates tzdata && rm -rf /var/lib/apt/lists/* \
 && useradd --system --uid 10001 --user-group --home-dir /var/lib/meridian --create-home meridian
COPY --from=build /src/target/release/meridian /usr/local/bin/meridian
USER 10001:10001
ENV MERIDIAN_LISTEN=0.0.0.0:8080
VOLUME /var/lib/meridian
EXPOSE 8080
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=3s --start-period=20s CMD ["meridian", "healthcheck"]
ENTRYPOINT ["meridian"]
CMD ["serve"]
