// Reads logs beside the page, which can end it when a log takes too long. Nothing leaves it but the diagnosis.
"use strict";

importScripts("matcher.js", "known.js");

const diagnose = matcher(known);

onmessage = ({ data: { number, log } }) => postMessage({ number, ...diagnose(log) });
