// Runs before Gradio's own scripts, as listeners of a window are called in the order they came.
//
// As soon as another page is asked for, Gradio's client drops its lines to the server, although this
// page stays until the other one comes, if it ever does. Meanwhile it would say that the connection
// was lost, ask for what it has just given up, and load itself again. The browser drops the lines
// anyway, once the page is gone.
addEventListener("beforeunload", (event) => event.stopImmediatePropagation());
