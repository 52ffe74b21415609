/** A type of the DOM (Web IDL) that @types/dom-webcodecs refers to; this project has no DOM. */
type AllowSharedBufferSource = ArrayBuffer | ArrayBufferView;
