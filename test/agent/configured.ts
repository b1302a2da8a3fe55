import fs from 'node:fs';
import path from 'node:path';
import { loadConfig } from '../../agent/config.ts';
import { UsageError } from '../../agent/errors.ts';

/** The configuration of a file with that content, or what is wrong with it, where the file is called FILE. */
export function load(content: string | Buffer): unknown {
  const directory = fs.mkdtempSync('/tmp/hullguard-test-');
  try {
    fs.writeFileSync(path.join(directory, 'config.yaml'), content);
    return loadConfig(path.join(directory, 'config.yaml'));
  } catch (error) {
    if (error instanceof UsageError) return error.message.replaceAll(path.join(directory, 'config.yaml'), 'FILE');
    throw error;
  } finally {
    fs.rmSync(directory, { recursive: true });
  }
}
