// Stands in for util in the bundle, where packages load it: docker-modem describes each request, whole, for a log that is off, which
// takes 6 ms of an audit of 150 containers.
'use strict';
module.exports = Object.create(require('node:util'), { inspect: { value: () => '' } });
