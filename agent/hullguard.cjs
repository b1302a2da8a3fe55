#!/usr/bin/env node
// Starts hullguard: the built bundle where there is one, the sources in a checkout. Plain old JavaScript, so that any Node can read it
// and say that it is too old.
'use strict';
const { existsSync } = require('node:fs');
const path = require('node:path');
const { pathToFileURL } = require('node:url');

const root = path.dirname(__dirname);
const sources = path.join(__dirname, 'main.ts');
const bundle = path.join(root, 'dist', 'hullguard.cjs');
const packaged = path.join(root, 'node_modules', `node-linux-${process.arch}`, 'bin', 'node');

if (Number.parseInt(process.versions.node, 10) >= 24) {
  if (existsSync(sources)) void import(pathToFileURL(sources).href);
  else require(bundle);
} else if (existsSync(packaged)) {
  const { status, signal } = require('node:child_process').spawnSync(packaged, [__filename, ...process.argv.slice(2)], {
    stdio: 'inherit',
  });
  if (signal === null) process.exitCode = status;
  else process.kill(process.pid, signal); // as it ended, so do we
} else {
  console.error(`hullguard needs Node 24 or later; this is ${process.version}. In a checkout, "npm ci" brings one.`);
  process.exitCode = 2;
}
