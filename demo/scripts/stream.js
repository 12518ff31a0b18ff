// What an event shows is seen, however late the words of the server come.
//
// Gradio's client reads what all events show from one stream, which the server ends with a last word when none is
// left. An event that the page sends while that word is on its way is carried out, and nobody reads what it shows.
// So the client does not get the last word while an event is under way: the stream goes on with the next answer.
(() => {
  const fetched = window.fetch;
  const underWay = new Set(); // events that the server has taken and has not completed
  const early = new Set(); // those completed before the page has heard that they were taken

  async function join(resource, options) {
    const response = await fetched(resource, options);
    const id = response.ok && (await response.clone().json()).event_id;
    if (id && !early.delete(id)) underWay.add(id);
    await new Promise((resolve) => setTimeout(resolve)); // a last word that was let through has arrived by then
    return response;
  }

  function isLast(message) {
    if (!/process_completed|close_stream/.test(message)) return false;
    const { msg, event_id: id } = JSON.parse(message.slice(message.indexOf("{")));
    if (msg === "process_completed" && !underWay.delete(id)) early.add(id);
    return msg === "close_stream";
  }

  // Pass on the messages of one answer, but for the last word, which is returned; without one, nothing is.
  async function pass(response, controller) {
    const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
    let text = "";
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return "";
      const messages = (text + value).split("\n\n");
      text = messages.pop();
      for (const message of messages) {
        if (isLast(message)) return message;
        controller.enqueue(`${message}\n\n`);
      }
    }
  }

  async function open(request) {
    const response = await fetched(request.clone());
    if (!response.ok) throw response; // as the client does
    return response;
  }

  async function passAll(request, response, controller) {
    let last = await pass(response, controller);
    while (last && underWay.size) last = await pass(await open(request), controller);
    controller.enqueue(`${last}\n\n`);
    controller.close();
  }

  async function data(request) {
    const response = await open(request);
    const messages = new ReadableStream({
      start(controller) {
        passAll(request, response, controller).catch((error) => controller.error(error));
      },
    });
    return new Response(messages.pipeThrough(new TextEncoderStream()), { headers: response.headers });
  }

  window.fetch = (resource, options) => {
    const { pathname } = new URL(resource.url ?? resource, location.href);
    if (pathname.endsWith("/queue/join")) return join(resource, options);
    if (pathname.endsWith("/queue/data")) return data(new Request(resource, options));
    return fetched(resource, options);
  };
})();
