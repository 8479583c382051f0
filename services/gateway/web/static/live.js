// Refreshes the numbers of a campaign's page while it is open; the page is complete without it.
(() => {
  const box = document.querySelector("[data-live]");
  if (!box || !window.EventSource) return;
  const source = new EventSource(box.dataset.live);
  source.addEventListener("progress", (event) => {
    const told = JSON.parse(event.data);
    for (const place of box.querySelectorAll("[data-number]")) {
      const value = told[place.dataset.number];
      if (typeof value === "number") place.textContent = value.toLocaleString(document.documentElement.lang);
    }
  });
  addEventListener("pagehide", () => source.close());
})();
