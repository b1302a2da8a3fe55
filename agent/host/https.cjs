// Stands in for https in the bundle, where packages load it with themselves: TLS is 6 MB of memory that only an engine behind it needs.
'use strict';
module.exports = { request: (...args) => require('node:https').request(...args) };
