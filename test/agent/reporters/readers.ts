/** What reads the documents in our users' place: published schemas and independent parsers. Each throws at what is not of its format. */
import fs from 'node:fs';
import path from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';
import Ajv4 from 'ajv-draft-04';
import formats from 'ajv-formats';
import { parse } from 'csv-parse/sync';
import { validateXML } from 'xmllint-wasm';
import type { Format } from '../../../agent/choices.ts';
import type { Report } from '../../../agent/report.ts';
import { reporters } from '../../../agent/reporters/index.ts';

const schema = (name: string): string => fs.readFileSync(path.join(import.meta.dirname, '../../schemas', name), 'utf8');

export async function render(format: Format, report: Report): Promise<string> {
  return (await reporters[format]())(report, { all: false, quiet: false, color: false, width: 80 });
}

const sarifAjv = new Ajv4.default({ strict: false, unicodeRegExp: false });
formats.default(sarifAjv);
const sarifSchema = sarifAjv.compile(JSON.parse(schema('sarif-2.1.0.json')));

export interface SarifRun {
  readonly tool: { readonly driver: { readonly rules: readonly { readonly id: string; readonly properties: Record<string, unknown> }[] } };
  readonly invocations: readonly { readonly executionSuccessful: boolean; readonly toolExecutionNotifications: readonly unknown[] }[];
  readonly results: readonly SarifResult[];
}

export interface SarifResult {
  readonly ruleId: string;
  readonly ruleIndex: number;
  readonly message: { readonly text: string };
  readonly partialFingerprints: Readonly<Record<string, string>>;
  readonly suppressions: readonly { readonly justification: string }[];
  readonly locations: readonly {
    readonly physicalLocation: { readonly artifactLocation: { readonly uri: string; readonly uriBaseId?: string } };
    readonly logicalLocations: readonly { readonly fullyQualifiedName: string }[];
  }[];
}

export function readSarif(text: string): SarifRun {
  const log = JSON.parse(text) as { readonly runs: readonly [SarifRun] };
  if (!sarifSchema(log)) throw new Error(sarifAjv.errorsText(sarifSchema.errors));
  return log.runs[0];
}

const ocsfAjv = new Ajv2020({ strict: true, strictRequired: false });
const ocsfSchema = ocsfAjv.compile(JSON.parse(schema('ocsf-1.6-compliance-finding.json')));

export interface OcsfEvent {
  readonly severity: string;
  readonly status: string;
  readonly finding_info: { readonly uid: string };
  readonly compliance: { readonly status: string; readonly status_details: readonly string[] };
}

export function readOcsf(text: string): OcsfEvent[] {
  if (!text.endsWith('\n')) throw new Error('the last line does not end');
  return text
    .slice(0, -1)
    .split('\n')
    .map((line) => {
      const event: unknown = JSON.parse(line);
      if (!ocsfSchema(event)) throw new Error(`${ocsfAjv.errorsText(ocsfSchema.errors)}: ${line.slice(0, 500)}`);
      return event as OcsfEvent;
    });
}

/** RFC 4180 to the letter: no stray quotes, lines end with CR and LF, all have as many fields. */
export function readCsv(text: string): Record<string, string>[] {
  return parse(text, { columns: true, record_delimiter: '\r\n', relax_quotes: false, relax_column_count: false, trim: false });
}

/** With no schema, well-formed only. */
export async function readXml(text: string, xsd?: 'junit-10.xsd'): Promise<void> {
  const xml = { fileName: 'report.xml', contents: text };
  const { valid, rawOutput } = await validateXML({
    xml,
    maxMemoryPages: 16_384,
    ...(xsd === undefined ? { normalization: 'format' } : { schema: schema(xsd) }),
  });
  if (!valid) throw new Error(rawOutput.slice(0, 2000));
}
