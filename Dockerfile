# nlbox in an image: built in one stage, run in another without npm's cache, sources or development packages.
FROM node:24-slim AS build
WORKDIR /nlbox
COPY package.json package-lock.json .npmrc ./
RUN npm ci --no-audit --no-fund
COPY tsconfig.json LICENSE README.md ./
COPY emulator emulator
COPY sdk-shim sdk-shim
COPY scenarios scenarios
RUN node_modules/.bin/tsc -p . && node emulator/bundle.mjs && npm prune --omit=dev --no-audit --no-fund \
  && rm -f out/.tsbuildinfo \
  && find node_modules -type f \( -name "*.d.ts" -o -name "*.d.cts" -o -name "*.d.mts" -o -name "*.map" \) -delete

FROM node:24-slim AS runtime
LABEL org.opencontainers.image.title="nlbox" \
      org.opencontainers.image.description="An AWS Network Load Balancer and the AWS Load Balancer Controller on your machine, offline" \
      org.opencontainers.image.licenses="Apache-2.0"
ENV NODE_ENV=production \
    NLBOX_STATE_DIR=/var/lib/nlbox/state
# A cluster of its own is asked through kubectl: --cluster kubeconfig.
COPY --from=registry.k8s.io/kubectl:v1.33.5 /bin/kubectl /usr/local/bin/kubectl
COPY --from=build /nlbox/package.json /nlbox/LICENSE /nlbox/README.md /nlbox/
COPY --from=build /nlbox/node_modules /nlbox/node_modules
COPY --from=build /nlbox/emulator/nlbox.mjs /nlbox/emulator/load.mjs /nlbox/emulator/bootstrap.mjs /nlbox/emulator/health.mjs /nlbox/emulator/
COPY --from=build /nlbox/scenarios /nlbox/scenarios
COPY --from=build /nlbox/out /nlbox/out
RUN ln -s /nlbox/emulator/nlbox.mjs /usr/local/bin/nlbox && mkdir -p /var/lib/nlbox && chown node:node /var/lib/nlbox
USER node
VOLUME /var/lib/nlbox
EXPOSE 4566 6443
HEALTHCHECK --interval=5s --timeout=3s --start-period=60s --retries=6 CMD ["node", "/nlbox/emulator/health.mjs"]
STOPSIGNAL SIGTERM
ENTRYPOINT ["node", "/nlbox/emulator/nlbox.mjs"]
CMD ["up", "--keep"]

# The kernel engine's programs, and root to use them: docker-compose.kernel.yml.
FROM runtime AS kernel
USER root
RUN apt-get update -qq && apt-get install -y -qq --no-install-recommends nftables conntrack && rm -rf /var/lib/apt/lists/*

FROM runtime
