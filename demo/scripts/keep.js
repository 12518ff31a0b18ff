// A file that the server made for this visitor alone is saved by the browser: it lies nowhere else.
window.reelTalk.save = ({ name, text }) => {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([text], { type: "text/plain" }));
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 1000);
};
