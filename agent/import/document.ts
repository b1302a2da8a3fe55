/** What became of an import: another tool's findings beside ours. Text and JSON are made from it, and its schema is published. */
import { benchmarkVersions } from '../../checks/benchmark.ts';
import * as z from '../../facts/schema.ts';
import { count, status, tool } from '../terms.ts';

const verdict = z.strictObject({
  status,
  /** What decided it: resource, and what was seen there. */
  seen: z.array(z.strictObject({ resource: z.string(), actual: z.string(), source: z.string() })),
  reason: z.nullable(z.string()),
});

const imported = z.strictObject({
  /** Where it stands in the file; null in JSON. */
  line: z.nullable(count),
  number: z.string(),
  text: z.string(),
  /** As printed, `WARN`. */
  word: z.string(),
  /** `open`: printed, but not judged. */
  result: z.enum(['pass', 'fail', 'open']),
  /** Containers, images and files it names. */
  named: z.array(z.string()),
  /** The check it means; null where that cannot be told, and `note` says why. */
  check: z.nullable(z.string()),
  /** The check's number in the benchmark of our report. */
  control: z.nullable(z.string()),
  title: z.nullable(z.string()),
  by: z.nullable(z.enum(['text', 'number'])),
  note: z.nullable(z.string()),
  ours: z.nullable(verdict),
  /** Whether both say the same; null where one of them is not known. */
  same: z.nullable(z.boolean()),
  /** Why they differ, as far as that is known. */
  why: z.array(z.string()),
});

export const importSchema = z.strictObject({
  schemaVersion: z.literal(1),
  tool,
  source: z.strictObject({
    file: z.string(),
    format: z.enum(['json', 'text']),
    tool: z.enum(['docker-bench-security', 'unknown']),
    /** The version it says it is, which need not be the release it is. */
    printed: z.nullable(z.string()),
    startedAt: z.nullable(z.iso.datetime()),
    /** Whose numbers it uses; null where its findings do not tell. */
    numbering: z.nullable(z.string()),
    how: z.enum(['asked', 'titles', 'printed', 'unknown']),
  }),
  ours: z.strictObject({
    from: z.enum(['host', 'facts', 'report']),
    at: z.iso.datetime(),
    hostname: z.string(),
    benchmark: z.enum(benchmarkVersions),
  }),
  summary: z.strictObject({ findings: count, same: count, different: count, unknown: count }),
  findings: z.array(imported),
});

export type ImportDocument = z.infer<typeof importSchema>;
export type ImportedFinding = ImportDocument['findings'][number];
