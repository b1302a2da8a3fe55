import type { Extras } from '../extras.ts';
import type { Report } from '../report.ts';

export interface RenderOptions {
  /** Show findings that pass or do not apply, too. */
  readonly all: boolean;
  readonly quiet: boolean;
  readonly color: boolean;
  /** Columns of the terminal; 80 where there is none. */
  readonly width: number;
}

/** A format: the whole report as text, line break at the end; with what it tells beyond the report, where that was made. */
export type Reporter = (report: Report, options: RenderOptions, extras?: Extras) => string;
