/** Wrong usage, configuration or input: the message is for the user, and nothing was done. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

export const exitCodes = { done: 0, failed: 1, usage: 2, incomplete: 3 } as const;
