/** Containers by name, each as the words of its `docker run` or `docker create`. */
import { availableParallelism } from 'node:os';
import type { Engine } from '../lab/engine.ts';

/** `run --privileged`: a detached container of busybox that sleeps. What follows ` -- ` replaces image and command. */
export type Fleet = Readonly<Record<string, string>>;

const IMAGE_AND_COMMAND = 'busybox:lab sleep 100000';

/** Makes the containers; those that join another one's namespace after the others. `/lab/…` is the engine's folder. */
export async function launch(engine: Engine, fleet: Fleet): Promise<void> {
  const waves = Map.groupBy(Object.entries(fleet), ([, options]) => options.match(/container:/g)?.length ?? 0);
  for (const [, wave] of [...waves].sort(([left], [right]) => left - right)) {
    await atOnce(wave, ([name, options]) => engine.docker(...commandLine(engine, name, options)));
  }
}

/** What evidence has to tell of each: `running`, or the state of one that does not run. */
export function statesOf(fleet: Fleet, others: Readonly<Record<string, string>> = {}): Readonly<Record<string, string>> {
  const states = Object.entries(fleet).map(([name, options]) => [name, options.startsWith('run') ? 'running' : 'created'] as const);
  return { ...Object.fromEntries(states), ...others };
}

function commandLine(engine: Engine, name: string, options: string): string[] {
  const [settings = '', command = IMAGE_AND_COMMAND] = options.split(' -- ');
  const [verb = 'create', ...words] = split(settings.replaceAll('/lab/', `${engine.dir}/`));
  return [verb, ...(verb === 'run' ? ['--detach'] : []), '--name', name, ...words, ...split(command)];
}

/** Words as in a shell, with single quotes. */
function split(line: string): string[] {
  return (line.match(/(?:'[^']*'|[^\s'])+/g) ?? []).map((word) => word.replaceAll("'", ''));
}

async function atOnce<T>(items: readonly T[], work: (item: T) => Promise<unknown>): Promise<void> {
  const queue = items.values();
  const workers = Array.from({ length: availableParallelism() }, async () => {
    for (const item of queue) await work(item);
  });
  await Promise.all(workers);
}

/** Polls until the engine says so of a container. */
export async function becomes(engine: Engine, name: string, format: string, wanted: string): Promise<void> {
  const deadline = Date.now() + 20_000;
  for (;;) {
    const seen = await engine.docker('inspect', '--format', format, name);
    if (seen === wanted) return;
    if (Date.now() > deadline) throw new Error(`${name}: ${format} stays ${seen}, not ${wanted}`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}
