# One build, three images: --target manager | tracker-api | tracker-frontend.
# hack/cluster makes the same images without Docker for the local cluster.

FROM --platform=$BUILDPLATFORM golang:1.26.8 AS build
ARG TARGETOS
ARG TARGETARCH
ARG VERSION=dev
ARG COMMIT
ARG DATE
ENV GOCACHE=/cache
WORKDIR /src
COPY go.mod go.sum ./
RUN --mount=type=cache,target=/go/pkg/mod go mod download
COPY . .
RUN --mount=type=cache,target=/go/pkg/mod --mount=type=cache,target=/cache \
    CGO_ENABLED=0 GOOS=$TARGETOS GOARCH=$TARGETARCH \
    go build -trimpath -ldflags "$(hack/ldflags.sh)" -o /out/ ./cmd/manager ./cmd/tracker

# Static binaries need only the root certificates, to verify external databases.
FROM scratch AS static
COPY --from=build /etc/ssl/certs/ca-certificates.crt /etc/ssl/certs/
USER 65532:65532

FROM static AS manager
COPY --from=build /out/manager /manager
ENTRYPOINT ["/manager"]

FROM static AS tracker
COPY --from=build /out/tracker /tracker
ENTRYPOINT ["/tracker"]

# Kubernetes ignores HEALTHCHECK; these are for running the images with Docker. A static image has no
# shell or curl, so the binary requests its own endpoint.
FROM tracker AS tracker-api
EXPOSE 8000
HEALTHCHECK --interval=30s --timeout=10s --start-period=40s --retries=3 \
    CMD ["/tracker", "healthcheck", "http://localhost:8000/health"]
CMD ["api"]

FROM tracker AS tracker-frontend
EXPOSE 3000 9464
HEALTHCHECK --interval=30s --timeout=10s --start-period=10s --retries=3 \
    CMD ["/tracker", "healthcheck", "http://localhost:3000/health"]
CMD ["frontend"]
