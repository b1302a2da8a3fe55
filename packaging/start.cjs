// What the executable runs first: the program, with what Node's compiler has made of it. Node does as much for a main script by itself, but
// knows only what is compiled before anything has run, a third of what an audit needs.
'use strict';
const { getAssetKeys, getRawAsset } = require('node:sea');
const { Script } = require('node:vm');

// The agent stays for months, and would keep all of it.
const wanted = process.argv[2] !== 'agent' && getAssetKeys().includes('compiled');
const cachedData = wanted ? new Uint8Array(getRawAsset('compiled')) : undefined;
const program = new Script(Buffer.from(getRawAsset('program')).latin1Slice(), { filename: 'hullguard.cjs', cachedData });
if (program.cachedDataRejected) process.emitWarning('its compiled code is of another Node, so it starts slowly; please report this');
program.runInThisContext()(exports, require, module, __filename, __dirname);
