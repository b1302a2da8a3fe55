/** Doing many things at once, but not all. */

/** After so many milliseconds without an answer, a request makes room for the next: a few that hang must not hide the others. */
const PATIENCE = 1000;

/** Runs `work` for each item, at most `limit` at a time but for those that take long. */
export async function forEach<T>(items: readonly T[], limit: number, work: (item: T) => Promise<void>): Promise<void> {
  const queue = items.values();
  const started: Promise<void>[] = [];
  await Promise.all(
    Array.from({ length: Math.min(limit, items.length) }, async () => {
      for (const item of queue) {
        const one = work(item);
        started.push(one);
        await patiently(one);
      }
    }),
  );
  await Promise.all(started);
}

async function patiently(work: Promise<void>): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const timer = setTimeout(resolve, PATIENCE);
  try {
    await Promise.race([work, promise]);
  } finally {
    clearTimeout(timer);
  }
}
