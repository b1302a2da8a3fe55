/** Hand-made images: a docker-archive with the configuration and history we want, for `docker load`. No network, no builder. */
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import type { Engine } from '../lab/engine.ts';

const execute = promisify(execFile);

/** What `docker image inspect` shows as Config. */
export interface ImageConfig {
  readonly User?: string;
  readonly Env?: readonly string[];
  readonly Labels?: Readonly<Record<string, string>>;
  readonly Healthcheck?: { readonly Test: readonly string[] };
  readonly Cmd?: readonly string[];
  readonly ExposedPorts?: Readonly<Record<string, object>>;
}

export interface ImageLiteral {
  readonly name: string;
  readonly config?: ImageConfig;
  /** What `docker history` shows as CREATED BY, oldest first. One that adds files is a layer. */
  readonly history?: readonly (string | { readonly by: string; readonly files: Readonly<Record<string, string | Buffer>> })[];
}

const CREATED = '2026-01-01T00:00:00Z';

/** Loads images made from literals. Equal steps at the start of two of them are shared layers, as with a common base. */
export async function loadImages(engine: Engine, literals: readonly ImageLiteral[]): Promise<void> {
  const folder = await mkdtemp(join(engine.dir, 'image-'));
  const manifest = [];
  for (const literal of literals) manifest.push(await writeImage(folder, literal));
  await writeFile(join(folder, 'manifest.json'), JSON.stringify(manifest));
  const archive = `${folder}.tar`;
  await pack(folder, archive);
  await engine.docker('load', '--quiet', '--input', archive);
  await rm(folder, { recursive: true });
}

async function writeImage(folder: string, { name, config = {}, history = [] }: ImageLiteral): Promise<object> {
  const layers: { file: string; digest: string }[] = [];
  const steps = history.map((step) => (typeof step === 'string' ? { by: step } : step));
  for (const step of steps) if ('files' in step) layers.push(await writeLayer(folder, step.files));
  const document = {
    architecture: process.arch === 'arm64' ? 'arm64' : 'amd64',
    os: 'linux',
    created: CREATED,
    config,
    rootfs: { type: 'layers', diff_ids: layers.map(({ digest }) => `sha256:${digest}`) },
    history: steps.map((step) => ({ created: CREATED, created_by: step.by, ...('files' in step ? {} : { empty_layer: true }) })),
  };
  const text = JSON.stringify(document);
  const file = `${sha256(text)}.json`;
  await writeFile(join(folder, file), text);
  return { Config: file, RepoTags: [name], Layers: layers.map((layer) => layer.file) };
}

async function writeLayer(folder: string, files: Readonly<Record<string, string | Buffer>>): Promise<{ file: string; digest: string }> {
  const root = await mkdtemp(join(folder, 'layer-'));
  for (const [name, content] of Object.entries(files)) {
    await mkdir(dirname(join(root, name)), { recursive: true });
    await writeFile(join(root, name), content);
  }
  const temporary = `${root}.tar`;
  await pack(root, temporary);
  const digest = sha256(await readFile(temporary));
  await mkdir(join(folder, digest), { recursive: true });
  await rename(temporary, join(folder, digest, 'layer.tar'));
  await rm(root, { recursive: true });
  return { file: `${digest}/layer.tar`, digest };
}

/** Without names and times of its own, so that equal files make equal layers. */
async function pack(folder: string, archive: string): Promise<void> {
  await execute('tar', [
    '-C',
    folder,
    '--sort=name',
    '--mode=0755',
    '--mtime=@0',
    '--owner=0',
    '--group=0',
    '--numeric-owner',
    '-cf',
    archive,
    '.',
  ]);
}

function sha256(content: string | Buffer): string {
  return createHash('sha256').update(content).digest('hex');
}
