# The image that `uses: …/tollgate@main` has built on the user's runner. Releases point at a
# published image instead, which packaging/Dockerfile makes of binaries that were built before.
#
# The compiler's image is named by its full version. Its digest would bind every build of an
# unreleased commit to one day's base packages; what is released is bound by its own digest.
FROM rust:1.95.0-slim-bookworm AS build
WORKDIR /source
COPY . .
RUN mv "$(scripts/static-binary.sh)" /tollgate

FROM scratch
LABEL org.opencontainers.image.title="tollgate" \
      org.opencontainers.image.description="Release gates as code, for GitHub Actions and the laptop" \
      org.opencontainers.image.licenses="MIT OR Apache-2.0"
COPY --from=build /tollgate /tollgate
ENTRYPOINT ["/tollgate"]
