const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** A signal that asks us to end comes as an abort, so that what was begun is taken back in order. */
export function endedBySignal(): { readonly signal: AbortSignal; forget(): void } {
  const controller = new AbortController();
  const stop = (name: NodeJS.Signals): void => controller.abort(new Error(`ended by ${name}`));
  for (const name of SIGNALS) process.on(name, stop);
  return {
    signal: controller.signal,
    forget() {
      for (const name of SIGNALS) process.off(name, stop);
    },
  };
}
