import fs from 'node:fs';
import path from 'node:path';
import { loadConfig } from '../../agent/config.ts';
import { UsageError } from '../../agent/errors.ts';

/** The configuration of a file with that content, or what is wrong with it, where the file is called FILE. */
export function load(content: string | Buffer): unknown {
  return loadFiles({ 'config.yaml': content }, (message, directory) => message.replaceAll(path.join(directory, 'config.yaml'), 'FILE'));
}

/** The configuration of a directory with these files, or what is wrong with it, where the directory is called DIR. */
export function loadFiles(
  files: Readonly<Record<string, string | Buffer>>,
  shorten = (message: string, directory: string): string => message.replaceAll(directory, 'DIR'),
): unknown {
  const directory = fs.mkdtempSync('/tmp/hullguard-test-');
  try {
    writeFiles(directory, files);
    return loadConfig(directory, {});
  } catch (error) {
    if (error instanceof UsageError) return shorten(error.message, directory);
    throw error;
  } finally {
    fs.rmSync(directory, { recursive: true });
  }
}

/** Writes files below a directory. */
export function writeFiles(directory: string, files: Readonly<Record<string, string | Buffer>>): void {
  for (const [name, content] of Object.entries(files)) {
    fs.mkdirSync(path.join(directory, path.dirname(name)), { recursive: true });
    fs.writeFileSync(path.join(directory, name), content);
  }
}
