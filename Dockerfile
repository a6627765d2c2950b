# One build, three images: --target manager | tracker-api | tracker-frontend.
# hack/cluster makes the same images without Docker for the local cluster, and hack/release those of a
# release: it reads the stages below "static" from this file.

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
ARG VERSION=dev
ARG COMMIT
ARG DATE
LABEL org.opencontainers.image.version=$VERSION \
    org.opencontainers.image.revision=$COMMIT \
    org.opencontainers.image.created=$DATE \
    org.opencontainers.image.licenses=Apache-2.0 \
    org.opencontainers.image.source=https://github.com/interview-tracker/interview-tracker-operator

FROM static AS manager
COPY --from=build /out/manager /manager
ENTRYPOINT ["/manager"]
LABEL org.opencontainers.image.title="Interview Tracker Operator" \
    org.opencontainers.image.description="Runs and watches Interview Trackers"

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
LABEL org.opencontainers.image.title="Interview Tracker API" \
    org.opencontainers.image.description="The API of the Interview Position Tracker"

FROM tracker AS tracker-frontend
EXPOSE 3000 9464
HEALTHCHECK --interval=30s --timeout=10s --start-period=10s --retries=3 \
    CMD ["/tracker", "healthcheck", "http://localhost:3000/health"]
CMD ["frontend"]
LABEL org.opencontainers.image.title="Interview Tracker frontend" \
    org.opencontainers.image.description="The pages of the Interview Position Tracker"
