namespace Amodal.Prediction;

/// <summary>The path for every row of a store.</summary>
internal static class StoredLatents
{
    /// <inheritdoc cref="LatentPath{T}.Complete"/>
    public static IReadOnlyList<Tensor> Complete(
        this LatentPath<Tensor> path, LatentStore store, Observation observed, int draw = 0, Action<int>? progress = null, CancellationToken stop = default) =>
        path.Complete(store.Latents, LatentPath<Tensor>.Everywhere(observed, store.Count), store.Keys, draw, progress, stop);

    /// <inheritdoc cref="LatentPath{T}.Align"/>
    public static IReadOnlyList<Tensor> Align(this LatentPath<Tensor> path, IReadOnlyList<Tensor> latents, Observation observed) =>
        path.Align(latents, LatentPath<Tensor>.Everywhere(observed, (int)latents[0].shape[0]));

    /// <inheritdoc cref="LatentPath{T}.Fuse"/>
    public static float[] Fuse(this LatentPath<Tensor> path, IReadOnlyList<Tensor> latents, Observation observed) =>
        path.Fuse(latents, LatentPath<Tensor>.Everywhere(observed, (int)latents[0].shape[0]));

    /// <inheritdoc cref="LatentPath{T}.Predict"/>
    public static float[] Predict(
        this LatentPath<Tensor> path, LatentStore store, Observation observed, int draw = 0, Action<int>? progress = null, CancellationToken stop = default) =>
        path.Predict(store, LatentPath<Tensor>.Everywhere(observed, store.Count), draw, progress, stop);

    /// <inheritdoc cref="LatentPath{T}.Predict"/>
    public static float[] Predict(
        this LatentPath<Tensor> path, LatentStore store, IReadOnlyList<Observation> observed, int draw = 0, Action<int>? progress = null,
        CancellationToken stop = default) =>
        path.Predict(store.Latents, observed, store.Keys, draw, progress, stop);
}
