/** An image's build history from the engine's own store: it is on this host's disk, so no request per image is spent on it. */
import { type Host, HostError } from './host.ts';
import { resolvePath } from './paths.ts';
import * as z from './schema.ts';

const descriptor = z.object({ digest: z.string(), platform: z.nullish(z.object({ architecture: z.text })) });

/** The three documents a digest may lead to: an index of manifests, a manifest, the configuration itself (OCI image specification). */
const document = z.object({
  manifests: z.optional(z.array(descriptor)),
  config: z.optional(z.looseObject({ digest: z.nullish(z.string()) })),
  history: z.nullish(z.array(z.object({ created_by: z.text, empty_layer: z.flag }))),
  rootfs: z.nullish(z.object({ diff_ids: z.list(z.string()) })),
});

export interface ImageConfig {
  /** What each build step ran, oldest first. */
  readonly history: readonly string[];
  /** Digests of its layers, lowest first. */
  readonly layers: readonly string[];
}

/** The containerd image store, default on fresh installs of engine 29. */
const CONTAINERD_BLOBS = '/var/lib/containerd/io.containerd.content.v1.content/blobs/sha256';

/** Reads an image's configuration by its id (`sha256:…`); null when the store is not here or not readable. */
export function readImageConfig(host: Host, engine: { DockerRootDir: string; Driver: string }, id: string): ImageConfig | null {
  const folders = [`${engine.DockerRootDir}/image/${engine.Driver}/imagedb/content/sha256`, CONTAINERD_BLOBS];
  let digest = id;
  for (let hop = 0; hop < 3; hop++) {
    const found = readDocument(host, folders, digest);
    if (found === null) return null;
    if (found.rootfs) return { history: (found.history ?? []).map((step) => step.created_by), layers: found.rootfs.diff_ids };
    const next = found.config?.digest ?? found.manifests?.find((manifest) => manifest.platform?.architecture !== 'unknown')?.digest;
    if (!next) return null;
    digest = next;
  }
  return null;
}

function readDocument(host: Host, folders: readonly string[], digest: string): z.infer<typeof document> | null {
  const name = /^sha256:([0-9a-f]{64})$/.exec(digest)?.[1];
  if (name === undefined) return null;
  try {
    const path = folders.map((folder) => `${folder}/${name}`).find((candidate) => resolvePath(host, candidate).status !== null);
    if (path === undefined) return null;
    const parsed = document.safeParse(JSON.parse(host.read(path, 4 << 20)));
    return parsed.success ? parsed.data : null;
  } catch (error) {
    if (error instanceof HostError || error instanceof SyntaxError) return null;
    throw error;
  }
}
