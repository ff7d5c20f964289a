// The one function of json-merge-patch that we call; the package has no typings.
declare module 'json-merge-patch' {
  export const apply: (target: unknown, patch: unknown) => unknown;
}
