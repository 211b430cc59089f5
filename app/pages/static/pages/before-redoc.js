"use strict";

// Redoc takes a nonce but gives it to no style element, and its footer asks a host of its maker
// for a picture. The policy of the page forbids both, so both are put right before it starts.
{
  const nonce = document.currentScript.nonce;
  const create = document.createElement;
  document.createElement = function (name, ...more) {
    const made = create.call(this, name, ...more);
    if (name === "style") {
      made.nonce = nonce;
    }
    return made;
  };
  const ours = (address) => new URL(address, document.baseURI).origin === location.origin;
  HTMLImageElement.prototype.setAttribute = function (name, value) {
    if (name !== "src" || ours(value)) {
      Element.prototype.setAttribute.call(this, name, value);
    } else {
      queueMicrotask(() => this.dispatchEvent(new Event("error"))); // it takes the picture out
    }
  };
  Object.defineProperty(HTMLImageElement.prototype, "src", {
    set(address) {
      this.setAttribute("src", address);
    },
  });
}
