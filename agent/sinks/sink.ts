/** Where drift goes beside journal and history. */

export interface Sink {
  readonly name: string;
  /** Resolves when the other side has it. Throws RefusedError where trying again is of no use; any other error is tried again. */
  deliver(payload: string): Promise<void>;
}

/** The other side has answered that it will never take this. */
export class RefusedError extends Error {
  override readonly name = 'RefusedError';
}

/** The other side has answered, but not taken it yet. */
export class LaterError extends Error {
  override readonly name = 'LaterError';
  /** Milliseconds after which it wants to be asked again, where it says so. */
  readonly after: number | null;

  constructor(message: string, after: number | null) {
    super(message);
    this.after = after;
  }
}

/** What waits to be delivered. It is on disk, so that nothing is lost while the other side is down or we are. */
export interface Outbox {
  /** What may be tried now, oldest first. */
  due(now: number): readonly Parcel[];
  /** Delivered, or given up. */
  done(id: number): void;
  /** Not before that time again, and why. */
  retry(id: number, at: number, error: string): void;
}

export interface Parcel {
  readonly id: number;
  readonly sink: string;
  readonly payload: string;
  /** How often it was tried already. */
  readonly attempts: number;
}
