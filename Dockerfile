# nlbox in an image: built in one stage, run in another without npm's cache, sources or development packages.
FROM node:24-slim AS build
WORKDIR /nlbox
COPY package.json package-lock.json .npmrc ./
RUN npm ci --no-audit --no-fund
COPY tsconfig.json LICENSE README.md ./
COPY emulator emulator
COPY sdk-shim sdk-shim
COPY scenarios scenarios
RUN node_modules/.bin/tsc -p . && npm prune --omit=dev --no-audit --no-fund && rm -f out/.tsbuildinfo

FROM node:24-slim AS runtime
LABEL org.opencontainers.image.title="nlbox" \
      org.opencontainers.image.description="An AWS Network Load Balancer and the AWS Load Balancer Controller on your machine, offline" \
      org.opencontainers.image.licenses="Apache-2.0"
ENV NODE_ENV=production \
    NLBOX_STATE_DIR=/var/lib/nlbox/state
COPY --from=build /nlbox/package.json /nlbox/LICENSE /nlbox/README.md /nlbox/
COPY --from=build /nlbox/node_modules /nlbox/node_modules
COPY --from=build /nlbox/emulator/nlbox.mjs /nlbox/emulator/bootstrap.mjs /nlbox/emulator/
COPY --from=build /nlbox/scenarios /nlbox/scenarios
COPY --from=build /nlbox/out /nlbox/out
RUN ln -s /nlbox/emulator/nlbox.mjs /usr/local/bin/nlbox && mkdir -p /var/lib/nlbox && chown node:node /var/lib/nlbox
USER node
VOLUME /var/lib/nlbox
EXPOSE 4566
HEALTHCHECK --interval=5s --timeout=3s --start-period=20s --retries=6 \
  CMD ["node", "-e", "fetch('http://127.0.0.1:4566/_nlb/health').then((r) => process.exit(r.ok ? 0 : 1), () => process.exit(1))"]
STOPSIGNAL SIGTERM
ENTRYPOINT ["node", "/nlbox/emulator/nlbox.mjs"]
CMD ["up", "--keep"]

# The same with kubectl, for a cluster of its own: --cluster kubeconfig.
FROM runtime AS with-kubectl
COPY --from=registry.k8s.io/kubectl:v1.33.5 /bin/kubectl /usr/local/bin/kubectl

FROM runtime
