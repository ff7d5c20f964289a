// Which images the embedded cluster can run, whatever registry and tag they are asked by.
import { agnhostImage } from './agnhost.js';
import { shellImages } from './shell.js';
import { storeImages } from './store.js';
import { pauseImage, tcpImages } from './tcp.js';
import type { Image } from './types.js';
import { udpImages } from './udp.js';
import { webImages } from './web.js';

export const builtInImages: readonly Image[] = [...storeImages, ...webImages, ...tcpImages, ...udpImages, agnhostImage, pauseImage, ...shellImages];

/** `retail-store-sample-ui` for `public.ecr.aws/aws-containers/retail-store-sample-ui:1.2.1@sha256:…`. */
export const shortName = (reference: string): string => {
  const withoutDigest = reference.split('@')[0] ?? '';
  const last = withoutDigest.slice(withoutDigest.lastIndexOf('/') + 1);
  return last.split(':')[0] ?? '';
};

export const findImage = (images: readonly Image[], reference: string): Image | undefined => {
  const name = shortName(reference);
  return images.find((image) => image.name === name);
};

/** What to tell someone whose image is not in the table. */
export const cannotRun = (images: readonly Image[], reference: string): string =>
  `Failed to pull image "${reference}": the embedded cluster runs stand-ins inside one process and has none for "${shortName(reference)}". ` +
  `It can run: ${images.map(({ name }) => name).join(', ')}. The annotation nlbox.dev/run: local runs a container's command as a process of this machine; a kind cluster can run any image.`;
