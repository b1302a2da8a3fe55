import { type BuildStep, buildStep, parseHistory } from './build-steps.ts';
import { defineCollector } from './collector.ts';
import { withShownWords } from './command-words.ts';
import type { Containers } from './containers.ts';
import { ask, type Engine } from './engine.ts';
import { forEach } from './for-each.ts';
import { type Host, HostError, hasCode, reasonOf } from './host.ts';
import { readImageConfig } from './image-store.ts';
import * as z from './schema.ts';

const imageConfig = z.pipe(
  z.object({
    User: z.text,
    Env: z.variableNames,
    Labels: z.labels,
    Healthcheck: z.healthcheck,
    WorkingDir: z.text,
    Entrypoint: z.list(z.string()),
    Cmd: z.list(z.string()),
  }),
  z.transform(withShownWords),
);

/** What `docker image inspect` says, as far as a check asks for it, in the engine's own names. */
const inspected = z.object({
  Id: z.string(),
  RepoTags: z.list(z.string()),
  RepoDigests: z.list(z.string()),
  Created: z.text,
  Config: z.nullable(imageConfig),
});

const schema = z.object({
  images: z.array(
    z.extend(inspected, {
      /** Build steps of this image, oldest first, those of a base image that is here too left out; null when they could not be read. */
      History: z.nullable(z.array(buildStep)),
      /** Digests of the layers, lowest first; empty when not read. */
      Layers: z.array(z.string()),
    }),
  ),
  unreadable: z.array(z.object({ Id: z.string(), Name: z.string(), reason: z.string() })),
});

export type Images = z.infer<typeof schema>;
export type Image = Images['images'][number];

const listed = z.array(z.object({ Id: z.string(), RepoTags: z.list(z.string()) }));
const apiHistory = z.array(z.object({ CreatedBy: z.text }));

const CONCURRENCY = 8;
/** History requests where the image store is out of reach: what the audit's fixed allowance of requests leaves. */
export const HISTORY_REQUESTS = 3;

export const images = defineCollector<typeof schema, { engine: Engine }, { containers: Containers }>({
  describes: 'all images: their configuration and how they were built',
  watch: { events: ['image'] },
  schema,
  needs: ['engine'],
  after: ['containers'],
  async collect(host, { engine, containers }) {
    const list = await ask(host, engine.endpoint, '/images/json', listed);
    const names = new Map(list.map((entry) => [entry.Id, imageName({ ...entry, RepoDigests: [] })]));
    const used = (containers?.containers ?? []).filter(({ Image }) => Image !== '' && !names.has(Image));
    const found: Images = { images: [], unreadable: [] };
    const histories = new Map<string, readonly string[]>();
    await forEach([...new Set([...names.keys(), ...used.map(({ Image }) => Image)])], CONCURRENCY, async (id) => {
      try {
        const image = await ask(host, engine.endpoint, `/images/${id}/json`, inspected);
        const config = readImageConfig(host, engine.info, image.Id);
        if (config !== null) histories.set(image.Id, config.history);
        found.images.push({ ...image, History: null, Layers: [...(config?.layers ?? [])] });
      } catch (error) {
        if (!(error instanceof HostError)) throw error;
        const name = names.get(id);
        // A container may outlive its image (docker rmi --force): then there is no image to judge.
        if (name === undefined && hasCode(error, 'not-found')) return;
        found.unreadable.push({ Id: id, Name: name ?? imageName({ Id: id, RepoTags: [], RepoDigests: [] }), reason: reasonOf(error) });
      }
    });
    found.images.sort((left, right) => (imageName(left) < imageName(right) ? -1 : 1));
    await askForHistories({ host, endpoint: engine.endpoint }, found.images, histories);
    for (const image of found.images) image.History = ownSteps(image, found.images, histories);
    return found;
  },
});

async function askForHistories(
  { host, endpoint }: { host: Host; endpoint: string },
  all: readonly Image[],
  histories: Map<string, readonly string[]>,
): Promise<void> {
  for (const { Id } of all.filter((image) => !histories.has(image.Id)).slice(0, HISTORY_REQUESTS)) {
    try {
      const answer = await ask(host, endpoint, `/images/${Id}/history`, apiHistory);
      histories.set(Id, answer.map((step) => step.CreatedBy).reverse());
    } catch (error) {
      if (!(error instanceof HostError)) throw error; // it stays unread, and the checks say so
    }
  }
}

/** The steps after those of the largest other image here whose layers and steps this one begins with: its base answers for those itself. */
function ownSteps(image: Image, all: readonly Image[], histories: ReadonlyMap<string, readonly string[]>): BuildStep[] | null {
  const steps = histories.get(image.Id);
  if (steps === undefined) return null;
  const inherited = all.map((other) => {
    const base = histories.get(other.Id) ?? [];
    const isBase = other !== image && base.length < steps.length && startsWith(steps, base) && startsWith(image.Layers, other.Layers);
    return isBase ? base.length : 0;
  });
  return parseHistory(steps).slice(Math.max(0, ...inherited));
}

function startsWith(list: readonly string[], start: readonly string[]): boolean {
  return start.every((item, index) => list[index] === item);
}

/** A name to show: its first tag, its repository by digest, or its short id. */
export function imageName(image: Pick<Image, 'Id' | 'RepoTags' | 'RepoDigests'>): string {
  const name = [...image.RepoTags, ...image.RepoDigests].find((candidate) => !candidate.startsWith('<none>'));
  return name ?? image.Id.replace('sha256:', '').slice(0, 12);
}
