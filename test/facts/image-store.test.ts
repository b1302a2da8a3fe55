import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { readImageConfig } from '../../facts/image-store.ts';
import { type FakeFile, fakeHost } from '../fake-host.ts';

const digest = (letter: string): string => `sha256:${letter.repeat(64)}`;
const engine = { DockerRootDir: '/var/lib/docker', Driver: 'overlay2' };
const GRAPH = '/var/lib/docker/image/overlay2/imagedb/content/sha256';
const CONTAINERD = '/var/lib/containerd/io.containerd.content.v1.content/blobs/sha256';
const MANAGED = '/var/lib/docker/containerd/daemon/io.containerd.content.v1.content/blobs/sha256';

const config = {
  architecture: 'amd64',
  config: { Env: ['PATH=/bin'], digest: null },
  history: [{ created_by: 'ADD root.tar / # buildkit' }, { created_by: 'CMD ["sh"]', empty_layer: true }],
  rootfs: { type: 'layers', diff_ids: [digest('d')] },
};
const expected = { history: ['ADD root.tar / # buildkit', 'CMD ["sh"]'], layers: [digest('d')] };
const manifest = { mediaType: 'application/vnd.oci.image.manifest.v1+json', config: { digest: digest('c') }, layers: [] };

/** A store that holds these documents, by the letter of their digest. */
function store(folder: string, documents: { readonly [letter: string]: unknown }): { [path: string]: FakeFile } {
  return Object.fromEntries(
    Object.entries(documents).map(([letter, document]) => [
      `${folder}/${letter.repeat(64)}`,
      { content: typeof document === 'string' ? document : JSON.stringify(document) },
    ]),
  );
}

const attestation = { digest: digest('e'), platform: { architecture: 'unknown', os: 'unknown' } };
const arm = { digest: digest('f'), platform: { architecture: 'arm64', os: 'linux' } };
const amd = { digest: digest('b'), platform: { architecture: 'amd64', os: 'linux' } };
const inToto = { rootfs: { type: 'layers', diff_ids: [] } };

describe('an image’s configuration', () => {
  test.each([
    ['in the graph driver’s store', store(GRAPH, { a: config })],
    ['in containerd’s store, by its own digest', store(CONTAINERD, { a: config })],
    ['in containerd’s store, by a manifest', store(CONTAINERD, { a: manifest, c: config })],
    ['in containerd’s store, by an index', store(CONTAINERD, { a: { manifests: [amd] }, b: manifest, c: config })],
    ['by an index without platforms', store(CONTAINERD, { a: { manifests: [{ digest: digest('b') }] }, b: manifest, c: config })],
    ['by an index whose first platform was not pulled', store(CONTAINERD, { a: { manifests: [arm, amd] }, b: manifest, c: config })],
    ['by an index with attestations', store(CONTAINERD, { a: { manifests: [attestation, amd] }, b: manifest, c: config, e: inToto })],
    ['in the store of a containerd that dockerd started', store(MANAGED, { a: manifest, c: config })],
  ])('is found %s', (_, files) => {
    expect(readImageConfig(fakeHost({ files }), engine, digest('a'))).toEqual(expected);
  });

  test('is found beside a remapped data root', () => {
    const remapped = { ...engine, DockerRootDir: '/var/lib/docker/100000.100000' };
    expect(readImageConfig(fakeHost({ files: store(MANAGED, { a: config }) }), remapped, digest('a'))).toEqual(expected);
  });

  test('may have no history', () => {
    const files = store(GRAPH, { a: { history: null, config: null, rootfs: { diff_ids: null } } });
    expect(readImageConfig(fakeHost({ files }), engine, digest('a'))).toEqual({ history: [], layers: [] });
  });

  test.each([
    ['the store is elsewhere', {}],
    ['the store is closed to us', { [`${GRAPH}/${'a'.repeat(64)}`]: { error: 'denied' as const } }],
    ['it is not JSON', store(GRAPH, { a: '{' })],
    ['it is of another shape', store(GRAPH, { a: { history: 'none' } })],
    ['it leads nowhere', store(GRAPH, { a: {} })],
    ['only attestations are there', store(CONTAINERD, { a: { manifests: [attestation] }, e: inToto })],
    ['documents lead in a circle', store(CONTAINERD, { a: { manifests: [{ digest: digest('a') }] } })],
  ])('is unknown where %s', (_, files) => {
    expect(readImageConfig(fakeHost({ files }), engine, digest('a'))).toBeNull();
  });

  test('no id leads out of the store', () => {
    const host = fakeHost({ files: { '/etc/shadow': JSON.stringify(config) } });
    const ids = fc.oneof(
      fc.string(),
      fc.constantFrom('sha256:../../../../../../../etc/shadow', '/etc/shadow', `sha512:${'a'.repeat(128)}`),
    );
    fc.assert(fc.property(ids, (id) => readImageConfig(host, engine, id) === null));
  });

  test('any document is read without a fault', () => {
    fc.assert(
      fc.property(fc.json(), (content) => {
        const found = readImageConfig(fakeHost({ files: store(GRAPH, { a: content }) }), engine, digest('a'));
        return found === null || Array.isArray(found.history);
      }),
    );
  });
});
