import "/client/service-worker.js";
