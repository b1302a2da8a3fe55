/** An image's build history from the engine's own store: it is on this host's disk, so no request per image is spent on it. */
import { type Host, HostError } from './host.ts';
import { resolvePath } from './paths.ts';
import * as z from './schema.ts';

const descriptor = z.object({ digest: z.string(), platform: z.nullish(z.object({ architecture: z.text })) });

/** The three documents a digest may lead to: an index of manifests, a manifest, the configuration itself (OCI image specification). */
const document = z.object({
  manifests: z.list(descriptor),
  config: z.nullish(z.object({ digest: z.nullish(z.string()) })),
  history: z.list(z.object({ created_by: z.text })),
  rootfs: z.nullish(z.object({ diff_ids: z.list(z.string()) })),
});

export interface ImageConfig {
  /** What each build step ran, oldest first. */
  readonly history: readonly string[];
  /** Digests of its layers, lowest first. */
  readonly layers: readonly string[];
}

/** From an image's id to its configuration: an index, a manifest, the configuration. */
const MAX_HOPS = 3;

/** Reads an image's configuration by its id (`sha256:…`); null when the store is not here or not readable. */
export function readImageConfig(host: Host, engine: { DockerRootDir: string; Driver: string }, id: string): ImageConfig | null {
  return follow(host, storesOf(engine), { digest: id, hops: MAX_HOPS });
}

/** Where content may lie: the graph driver's store, the system's containerd, or one that dockerd started (outside its remapped root). */
function storesOf({ DockerRootDir, Driver }: { DockerRootDir: string; Driver: string }): string[] {
  const containerds = ['/var/lib/containerd', `${DockerRootDir.replace(/\/\d+\.\d+$/, '')}/containerd/daemon`];
  return [
    `${DockerRootDir}/image/${Driver}/imagedb/content/sha256`,
    ...containerds.map((root) => `${root}/io.containerd.content.v1.content/blobs/sha256`),
  ];
}

function follow(host: Host, stores: readonly string[], { digest, hops }: { digest: string; hops: number }): ImageConfig | null {
  const found = hops > 0 ? readDocument(host, stores, digest) : null;
  if (found === null) return null;
  if (found.rootfs) return { history: found.history.map((step) => step.created_by), layers: found.rootfs.diff_ids };
  // An index lists every platform there is, and usually one of them was pulled. Attestations are of an unknown one.
  const manifests = found.manifests.filter(({ platform }) => platform?.architecture !== 'unknown');
  for (const next of found.config?.digest ? [found.config.digest] : manifests.map((manifest) => manifest.digest)) {
    const config = follow(host, stores, { digest: next, hops: hops - 1 });
    if (config !== null) return config;
  }
  return null;
}

function readDocument(host: Host, stores: readonly string[], digest: string): z.infer<typeof document> | null {
  const name = /^sha256:([0-9a-f]{64})$/.exec(digest)?.[1];
  if (name === undefined) return null;
  try {
    const path = stores.map((store) => `${store}/${name}`).find((candidate) => resolvePath(host, candidate).status !== null);
    if (path === undefined) return null;
    const parsed = document.safeParse(JSON.parse(host.read(path, 4 << 20)));
    return parsed.success ? parsed.data : null;
  } catch (error) {
    if (error instanceof HostError || error instanceof SyntaxError) return null;
    throw error;
  }
}
