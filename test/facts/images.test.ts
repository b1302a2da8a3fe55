import { describe, expect, test } from 'vitest';
import { HostError } from '../../facts/host.ts';
import { HISTORY_REQUESTS, imageName } from '../../facts/images.ts';
import type { HostLiteral, Literal } from '../fake-host.ts';
import { collectFact, faulty, record, requestsFor } from './collecting.ts';

const digest = (letter: string): string => `sha256:${letter.repeat(64)}`;
const STORE = '/var/lib/docker/100000.100000/image/overlay2/imagedb/content/sha256';

/** An image and its entry in the graph driver's store. */
interface Stored {
  readonly Id: string;
  readonly tag: string;
  readonly steps: readonly string[];
  readonly layers: readonly string[];
}

function storing(...images: readonly Stored[]): HostLiteral {
  return {
    images: images.map(({ Id, tag }) => ({ Id, RepoTags: [tag] })),
    files: Object.fromEntries(
      images.map(({ Id, steps, layers }) => [
        `${STORE}/${Id.slice('sha256:'.length)}`,
        JSON.stringify({ history: steps.map((created_by) => ({ created_by })), rootfs: { diff_ids: layers } }),
      ]),
    ),
  };
}

async function ownSteps(literal: HostLiteral): Promise<{ [name: string]: string[] | undefined }> {
  const { images } = await collectFact('images', literal);
  return Object.fromEntries(images.map((image) => [imageName(image), image.History?.map(({ instruction }) => instruction)]));
}

const base: Stored = { Id: digest('a'), tag: 'base:1', steps: ['ADD root /', 'CMD ["sh"]'], layers: ['l1'] };
const middle: Stored = { Id: digest('b'), tag: 'middle:1', steps: [...base.steps, 'RUN make'], layers: ['l1', 'l2'] };
const app: Stored = { Id: digest('c'), tag: 'app:1', steps: [...middle.steps, 'ADD app /', 'USER app'], layers: ['l1', 'l2', 'l3'] };

describe('build steps', () => {
  test('those of the largest base image that is here are left out', async () => {
    expect(await ownSteps(storing(base, middle, app))).toEqual({
      'app:1': ['ADD', 'USER'],
      'base:1': ['IMPORT', 'CMD'],
      'middle:1': ['RUN'],
    });
  });

  test('without the base image all are the image’s own', async () => {
    expect(await ownSteps(storing(app))).toEqual({ 'app:1': ['IMPORT', 'CMD', 'RUN', 'ADD', 'USER'] });
  });

  test('an image with the same words but other layers is no base', async () => {
    const other = { ...middle, layers: ['l1', 'l9'] };
    expect((await ownSteps(storing(other, app)))['app:1']).toEqual(['IMPORT', 'CMD', 'RUN', 'ADD', 'USER']);
  });

  test('a second name of the same build is no base', async () => {
    expect(await ownSteps(storing(base, { ...base, Id: digest('d'), tag: 'copy:1' }))).toEqual({
      'base:1': ['IMPORT', 'CMD'],
      'copy:1': ['IMPORT', 'CMD'],
    });
  });

  test('images from the store cost no request for their history', async () => {
    const requests = await requestsFor('images', storing(base, middle, app));
    expect(requests.filter((path) => path.endsWith('/history'))).toEqual([]);
    expect(requests.filter((path) => /^\/images\/sha256:\w+\/json$/.test(path))).toHaveLength(3);
  });

  test('elsewhere a fixed number of histories is asked for, and the rest stays unknown (D12)', async () => {
    const images = Array.from({ length: 9 }, (_, index) => ({ Id: digest(String(index)), RepoTags: [`i:${index}`] }));
    expect((await requestsFor('images', { images })).filter((path) => path.endsWith('/history'))).toHaveLength(HISTORY_REQUESTS);
    const known = (await collectFact('images', { images })).images.filter(({ History }) => History !== null);
    expect(known).toHaveLength(HISTORY_REQUESTS);
  });

  test('a history that the engine cannot tell stays unknown', async () => {
    const api = { [`/images/${digest('1')}/history`]: new HostError('io', 'no layer') };
    expect((await collectFact('images', { images: [{}], api })).images[0]?.History).toBeNull();
  });
});

describe('the images', () => {
  test('that containers run are among them, tagged or not', async () => {
    const unlisted = { Id: digest('1'), RepoTags: [], RepoDigests: null, Config: null };
    const api = { [`/images/${digest('1')}/json`]: unlisted };
    const { images } = await collectFact('images', { containers: [{}, { Id: 'b', Name: '/b' }], api });
    expect(images.map(({ Id }) => Id)).toEqual([digest('1')]);
  });

  test('an image that a container outlived is none', async () => {
    expect(await collectFact('images', { containers: [{}] })).toEqual({ images: [], unreadable: [] });
  });

  test('one that is listed and cannot be read is unknown, by a name that tells', async () => {
    const api = { [`/images/${digest('1')}/json`]: new HostError('io', '500') };
    const named = async (RepoTags: readonly string[]) => (await collectFact('images', { images: [{ RepoTags }], api })).unreadable;
    expect(await named(['web:1'])).toEqual([{ Id: digest('1'), Name: 'web:1', reason: '500' }]);
    expect(await named(['<none>:<none>'])).toMatchObject([{ Name: '1'.repeat(12) }]);
  });

  test('one that a container uses and that cannot be read is unknown', async () => {
    const api = { [`/images/${digest('1')}/json`]: new HostError('io', '500') };
    expect((await collectFact('images', { containers: [{}], api })).unreadable).toMatchObject([{ Name: '1'.repeat(12), reason: '500' }]);
  });

  test.each<[Literal, string]>([
    [{ RepoTags: ['web:1', 'web:2'], RepoDigests: [] }, 'web:1'],
    [{ RepoTags: [], RepoDigests: ['web@sha256:ab'] }, 'web@sha256:ab'],
    [{ RepoTags: ['<none>:<none>'], RepoDigests: ['<none>@<none>'] }, '1'.repeat(12)],
  ])('%j is called %s', async (names, expected) => {
    const [image] = (await collectFact('images', { images: [names] })).images;
    expect(image && imageName(image)).toBe(expected);
  });
});

test.each(['/json', '/history', '1'.repeat(64)])('a fault of our own at %s is thrown', async (end) => {
  const one = { Id: digest('1'), tag: 'one:1', steps: [], layers: [] };
  const literal = end.startsWith('/') ? { images: [{}] } : storing(one);
  await expect(record('images', faulty(literal, end))).rejects.toThrow(TypeError);
});
